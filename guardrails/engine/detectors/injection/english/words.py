"""The vocabulary of attacks in English, over folded text: lower case, no accents, straight quotes."""

from ..phrase import any_of

WORD = r"[a-z0-9']+"
IGNORE = any_of(
    """ignore ignoring disregard disregarding forget forgetting neglect overlook abandon dismiss unlearn
    set_aside pay_no_attention_to take_no_notice_of do_not_(?:follow|obey|heed|adhere_to|comply_with)
    don'?t_(?:follow|obey|heed|adhere_to|comply_with) stop_(?:following|obeying) no_longer_(?:follow|obey)"""
)
CANCEL = any_of("override overrule overwrite bypass nullify discard cancel erase circumvent")
ANCHOR = any_of(
    """all any every each previous previously prior preceding above earlier existing initial original foregoing
    former past your system given aforementioned"""
)
MODIFIER = any_of(
    """all any every each of the your my our these those this that other such prior previous previously preceding
    above earlier existing initial original foregoing former past current present given old own system safety
    security ethical moral content internal hidden secret default standard developer openai stated mentioned
    aforementioned following subsequent and or built_in"""
)
INSTRUCTIONS = any_of(
    "instructions? directions directives? prompts? guidelines? guidance programming training system_messages? "
    "instruct?ion'?s"
)
RULES = any_of(
    "rules? commands? orders? constraints? restrictions? polic(?:y|ies) protocols? context safeguards? "
    "guardrails limits limitations filters?"
)
TALK = any_of("messages? inputs? requests? conversations? text content statements? information prompts? context")
OPTIONAL = f"(?:{MODIFIER} ){{0,5}}"
SYSTEM_PROMPT = (
    r"(?:system ?prompts?|system (?:messages?|instructions?)|pre ?prompts?|initial context|"
    r"(?:initial|original|hidden|secret|internal|base|starting|developer) (?:system )?"
    r"(?:prompts?|instructions?|messages?|directives?|guidelines?))"
)
# Only what belongs to a machine: an original message or prompt may be anybody's.
MACHINE_PROMPT = (
    r"(?:system ?prompts?|system instructions?|pre ?prompts?|"
    r"(?:hidden|secret|internal|initial) (?:system )?(?:prompts?|instructions?|directives?))"
)
OWN = any_of("instructions? prompts? guidelines? directives? programming")
FEW = f"(?:{WORD} ){{0,3}}"
DISCLOSE = any_of("reveal leak expose disclose divulge dump exfiltrate uncover spill")
ASK = any_of(
    """show tell give send print output display repeat recite write echo return share list state provide type copy
    paste quote translate summari[sz]e describe explain encode convert say read present print_out write_out"""
)
SAY_OUT = any_of("show tell give print output display repeat recite echo return print_out write_out")
FREE_OF = any_of(
    r"""with_no without without_any free_of free_from free_from_(?:all|any) not_bound_by not_bound_by_any have_no
    has_no don't_have don't_have_any unbound_by no_longer_bound_by exempt_from not_limited_by"""
)
BOUNDS = any_of(
    "restrictions? limitations? limits? filters? guidelines? censorship rules? ethics morals constraints? "
    "boundaries safeguards? policies morality"
)
PRESENT_AS = any_of(
    r"""you_are you're you_will_be you_will_act_as act_as act_like be become behave_as pretend_to_be
    pretend_(?:that_)?you(?:_are|'re) role_?play_as simulate respond_as answer_as reply_as imagine_you(?:_are|'re)
    take_on_the_role_of"""
)
