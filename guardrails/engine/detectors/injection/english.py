"""Phrases of attacks in English, over folded text (lower case, no accents, straight quotes)."""

# ruff: noqa: E501  (an expression cut in two is read twice)

from .phrase import Phrase, any_of

_WORD = r"[a-z0-9']+"
_IGNORE = any_of(
    """ignore ignoring disregard disregarding forget forgetting neglect overlook abandon dismiss unlearn
    set_aside pay_no_attention_to take_no_notice_of do_not_(?:follow|obey|heed|adhere_to|comply_with)
    don'?t_(?:follow|obey|heed|adhere_to|comply_with) stop_(?:following|obeying) no_longer_(?:follow|obey)"""
)
_CANCEL = any_of("override overrule overwrite bypass nullify discard cancel erase circumvent")
_ANCHOR = any_of(
    """all any every each previous previously prior preceding above earlier existing initial original foregoing
    former past your system given aforementioned"""
)
_MODIFIER = any_of(
    """all any every each of the your my our these those this that other such prior previous previously preceding
    above earlier existing initial original foregoing former past current present given old own system safety
    security ethical moral content internal hidden secret default standard developer openai stated mentioned
    aforementioned following subsequent and or built_in"""
)
_INSTRUCTIONS = any_of(
    "instructions? directions directives? prompts? guidelines? guidance programming training system_messages? "
    "instruct?ion'?s"
)
_RULES = any_of(
    "rules? commands? orders? constraints? restrictions? polic(?:y|ies) protocols? context safeguards? "
    "guardrails limits limitations filters?"
)
_TALK = any_of("messages? inputs? requests? conversations? text content statements? information prompts? context")
_OPTIONAL = f"(?:{_MODIFIER} ){{0,5}}"
_SYSTEM_PROMPT = (
    r"(?:system ?prompts?|system (?:messages?|instructions?)|pre ?prompts?|initial context|"
    r"(?:initial|original|hidden|secret|internal|base|starting|developer) (?:system )?"
    r"(?:prompts?|instructions?|messages?|directives?|guidelines?))"
)
_OWN = any_of("instructions? prompts? guidelines? directives? programming")
_FEW = f"(?:{_WORD} ){{0,3}}"
_DISCLOSE = any_of("reveal leak expose disclose divulge dump exfiltrate uncover spill")
_ASK = any_of(
    """show tell give send print output display repeat recite write echo return share list state provide type copy
    paste quote translate summari[sz]e describe explain encode convert say read present print_out write_out"""
)
_SAY_OUT = any_of("show tell give print output display repeat recite echo return print_out write_out")
_FREE_OF = any_of(
    r"""with_no without without_any free_of free_from free_from_(?:all|any) not_bound_by not_bound_by_any have_no
    has_no don't_have don't_have_any unbound_by no_longer_bound_by exempt_from not_limited_by"""
)
_BOUNDS = any_of(
    "restrictions? limitations? limits? filters? guidelines? censorship rules? ethics morals constraints? "
    "boundaries safeguards? policies morality"
)
_PRESENT_AS = any_of(
    r"""you_are you're you_will_be you_will_act_as act_as act_like be become behave_as pretend_to_be
    pretend_(?:that_)?you(?:_are|'re) role_?play_as simulate respond_as answer_as reply_as imagine_you(?:_are|'re)
    take_on_the_role_of"""
)

_OVERRIDE = "instruction_override"
_EXTRACT = "prompt_extraction"
_PERSONA = "persona_override"
_SPOOF = "delimiter_spoofing"

PHRASES: tuple[Phrase, ...] = (
    # Set the instructions aside
    Phrase(_OVERRIDE, 0.95, rf"\b{_IGNORE} {_OPTIONAL}{_ANCHOR} {_OPTIONAL}{_INSTRUCTIONS}\b"),
    Phrase(_OVERRIDE, 0.78, rf"\b{_IGNORE} {_OPTIONAL}{_ANCHOR} {_OPTIONAL}{_RULES}\b"),
    Phrase(_OVERRIDE, 0.55, rf"\b{_IGNORE} {_OPTIONAL}{_ANCHOR} {_OPTIONAL}{_TALK}\b"),
    Phrase(_OVERRIDE, 0.8, rf"\b{_CANCEL} {_OPTIONAL}{_ANCHOR} {_OPTIONAL}{_INSTRUCTIONS}\b"),
    Phrase(_OVERRIDE, 0.78, rf"\b{_CANCEL} (?:all )?(?:of )?your {_OPTIONAL}(?:{_RULES}|measures)\b"),
    Phrase(
        _OVERRIDE,
        0.9,
        rf"\b{_IGNORE} {_OPTIONAL}(?:{_INSTRUCTIONS}|{_RULES}) (?:above|before this|(?:that )?(?:you|you've) "
        rf"(?:were|have been|been|are|received|got)|given (?:to you|above|earlier|previously|before)|that came before|"
        rf"(?:written|provided|stated|listed) (?:above|before|earlier|previously))\b",
    ),
    Phrase(
        _OVERRIDE,
        0.8,
        rf"\b{_IGNORE} (?:about )?(?:everything|anything|all|all of that|whatever|what) (?:that )?(?:(?:is |was |came )?"
        rf"(?:above|before this|prior to this|stated above|written above|said before)|(?:you|you've) "
        rf"(?:were|have been|been|are) (?:told|taught|given|instructed|trained|asked)|you (?:know|knew|learned))\b",
    ),
    Phrase(
        _OVERRIDE,
        0.55,
        rf"\b{_IGNORE} (?:everything|anything|all) (?:that )?i(?:'ve)? (?:have )?(?:said|told|wrote)",
    ),
    Phrase(
        _OVERRIDE,
        0.75,
        rf"\b{_IGNORE} (?:(?:all|everything|anything) )?(?:of )?(?:the )?(?:above|foregoing|preceding|aforementioned)\b",
        softened_by=("reported", "excused", "quoted", "compound", "goes_on"),
    ),
    Phrase(
        _OVERRIDE,
        0.85,
        rf"\b(?:your|all|any) {_OPTIONAL}{_INSTRUCTIONS} (?:are|is|were|have been|has been) (?:now |hereby )?"
        r"(?:void|cancell?ed|obsolete|overridden|revoked|null|replaced|superseded|suspended|lifted|no longer)\b",
    ),
    Phrase(
        _OVERRIDE,
        0.75,
        r"\b(?:here (?:are|is)|these are|follow) your (?:new|real|updated|actual) (?:instructions?|task|orders?|rules?|role)\b",
    ),
    Phrase(_OVERRIDE, 0.6, r"\b(?:new|updated|real) (?:system )?instructions?\s*:"),
    Phrase(_OVERRIDE, 0.65, r"\b(?:system|admin|administrator|developer|root|security) override\b"),
    Phrase(
        _OVERRIDE,
        0.8,
        r"\bforget (?:that )?you(?: are|'re) (?:an? )?(?:ai|language model|chatgpt|assistant|helpful|chatbot|bot|claude|gpt)\b",
    ),
    Phrase(
        _OVERRIDE,
        0.78,
        rf"\b{_IGNORE} (?:all )?(?:of )?your (?:{_WORD} )?(?:role|persona|identity|purpose|boundaries|values|ethics)\b",
    ),
    # Get at the instructions
    Phrase(
        _EXTRACT,
        0.85,
        rf"\b{_DISCLOSE} {_FEW}{_SYSTEM_PROMPT}\b",
        softened_by=("reported", "quoted", "compound"),
    ),
    Phrase(
        _EXTRACT,
        0.8,
        rf"\b{_DISCLOSE} {_FEW}your {_FEW}{_OWN}\b",
        softened_by=("reported", "quoted", "compound", "about"),
    ),
    Phrase(
        _EXTRACT,
        0.9,
        rf"\b{_ASK} {_FEW}your {_FEW}{_SYSTEM_PROMPT}\b",
        softened_by=("reported", "quoted", "compound"),
    ),
    Phrase(
        _EXTRACT,
        0.75,
        rf"\b{_SAY_OUT} (?:me |us |back |to me |out )*(?:all |of |exactly )*(?:the|this|its) (?:(?:full|entire|exact|complete|"
        rf"whole|current|actual|above|raw) )*{_SYSTEM_PROMPT}\b",
        softened_by=("reported", "quoted", "compound", "about"),
    ),
    Phrase(
        _EXTRACT,
        0.75,
        rf"\b{_ASK} {_FEW}your {_FEW}{_OWN}\b",
        softened_by=("reported", "quoted", "compound", "about"),
    ),
    Phrase(
        _EXTRACT,
        0.9,
        rf"\bwhat(?:'s| is| are| was| were| does| did) your {_FEW}{_SYSTEM_PROMPT}\b",
        softened_by=("quoted", "compound"),
    ),
    Phrase(
        _EXTRACT,
        0.72,
        rf"\bwhat(?:'s| is| are| was| were) your (?:(?:exact|full|original|current|first|complete) )+{_OWN}\b",
        softened_by=("quoted", "compound", "about"),
    ),
    Phrase(
        _EXTRACT,
        0.8,
        r"\bwhat (?:instructions?|prompts?|rules) (?:were you|have you been|did you|are you) (?:given|told|receive|following|get)\b",
    ),
    Phrase(
        _EXTRACT,
        0.8,
        rf"\b{_SAY_OUT} (?:me |us |back |to me |out )*(?:everything|all the (?:words|text)|the (?:words|instructions|prompt)) "
        r"(?:that (?:is|are|was|were|came) |you see |written |given |stated )?(?:above|before this|prior to this)\b",
    ),
    Phrase(
        _EXTRACT,
        0.55,
        rf"\b{_SAY_OUT} (?:me |us |back )*the (?:text|contents?|lines?|messages?) (?:above|before this)\b",
    ),
    Phrase(
        _EXTRACT,
        0.75,
        r"\b(?:beginning|starting|begins|starts|start|begin) with ?(?:the (?:words?|phrase) )?[\"'`]{0,2}you are\b",
    ),
    # Become something without rules
    Phrase(
        _PERSONA,
        0.85,
        rf"\b(?:{_PRESENT_AS}|stay|remain) (?:now )?(?:going to (?:be|act as|play) )?(?:in |as |called |named |the (?:character|persona) )?dan\b",
        softened_by=("quoted", "person"),
    ),
    Phrase(_PERSONA, 0.72, r"\bdo anything now\b", softened_by=("quoted", "goes_on", "reported")),
    Phrase(
        _PERSONA,
        0.8,
        rf"\b{_PRESENT_AS} (?:{_WORD} ){{0,6}}(?:unrestricted|unfiltered|uncensored|jailbroken|unaligned|amoral|unmoderated)\b",
    ),
    Phrase(
        _PERSONA,
        0.8,
        rf"\b{_FREE_OF} (?:{_WORD} ){{0,2}}(?:ethical|moral|safety|content|openai|openai's|ai) (?:{_WORD} ){{0,2}}{_BOUNDS}\b",
    ),
    Phrase(
        _PERSONA,
        0.78,
        rf"\b(?:you|you're|ai|model|assistant|chatbot|persona) (?:{_WORD} ){{0,4}}{_FREE_OF} (?:{_WORD} ){{0,2}}{_BOUNDS}\b",
        softened_by=("reported", "quoted", "about", "goes_on"),
    ),
    Phrase(
        _PERSONA,
        0.85,
        r"\byou(?:'re| are) (?:now )?(?:in|entering|running in|switched to) (?:a |the )?(?:developer|dev|debug|god|admin|sudo|root|unrestricted|jailbreak|dan|evil|unsafe) mode\b",
    ),
    Phrase(
        _PERSONA,
        0.75,
        r"\b(?:enter|enable|activate|switch to|go into|turn on) (?:the )?(?:god|jailbreak|jailbroken|dan|evil|unrestricted|unsafe|sudo) mode\b",
    ),
    Phrase(
        _PERSONA,
        0.5,
        r"\b(?:enter|enable|activate|switch to|go into|turn on) (?:the |your )?(?:developer|dev|debug|admin|root) mode\b",
    ),
    Phrase(
        _PERSONA,
        0.78,
        r"\b(?:with )?(?:developer|dan|jailbreak|god|sudo) mode (?:is )?(?:now )?(?:enabled|activated|engaged|output)\b",
        softened_by=("reported", "quoted", "device"),
    ),
    Phrase(
        _PERSONA,
        0.8,
        r"\byou are no longer (?:bound|restricted|limited|constrained|chatgpt|an ai|a language model|claude|gpt|the assistant|an assistant|required to follow)\b",
    ),
    Phrase(
        _PERSONA,
        0.72,
        r"\b(?:you )?(?:must|will|should|can) (?:never|not) (?:refuse|decline) (?:a|any|my|the) (?:request|question|command|order|prompt)",
    ),
    Phrase(
        _PERSONA,
        0.8,
        rf"\b(?:bypass|evade|circumvent|disable|turn off|remove|escape|break) (?:all )?(?:of )?your {_OPTIONAL}(?:filters?|guardrails?|restrictions?|guidelines?|polic(?:y|ies)|safeguards?|safety|limits?|limitations?|censorship)\b",
    ),
    Phrase(_PERSONA, 0.9, r"\balways intelligent and machiavellian\b"),
    Phrase("new_role", 0.35, r"\b(?:from now on,? you|you are now|you will now|you must now)\b"),
    Phrase("manner", 0.3, r"\b(?:verbatim|word for word|in a code ?block|in base64|no matter what)\b"),
    # Pretend to be the frame of the conversation
    Phrase(_SPOOF, 0.9, r"<\|(?:im_start|start_header_id)\|>\s*system", raw=True),
    Phrase(_SPOOF, 0.72, r"<\|(?:im_start|im_end|endoftext|eot_id|begin_of_text)\|>", raw=True),
    Phrase(_SPOOF, 0.75, r"\[/?inst\]|<</?sys>>", raw=True),
    Phrase(_SPOOF, 0.6, r"</?system(?:[_ -]?(?:prompt|message|instructions?))?>", raw=True),
    Phrase(
        _SPOOF,
        0.75,
        r"(?:^|\n)[ \t>]*(?:#{1,6} ?|\*\*|\[)?system(?: ?(?:prompt|message|override|note|instruction))?(?:\*\*|\])?[ \t]*:"
        r"[ \t]*\n?[ \t]*(?:you|ignore|new|the assistant|always|never|disregard|from now|override|forget)\b",
        raw=True,
    ),
    Phrase(
        _SPOOF,
        0.72,
        r"[-=#*\[<]{2,}[ \t]*(?:begin|start|end) (?:of )?(?:the )?(?:system |user |new |hidden )?(?:prompt|instructions?|context|input)\b",
        raw=True,
    ),
    Phrase(
        _SPOOF,
        0.75,
        r"\b(?:important|new|urgent|special|secret) (?:new )?(?:instructions?|message|note|notice) (?:for|to) (?:the |any |all )?(?:ai|assistant|language model|llm|chatbot)",
    ),
    Phrase(
        "addressed_to_machine",
        0.5,
        r"\bif you(?: are|'re) (?:an? )?(?:ai|llm|large language model|language model|ai assistant|ai model|chatbot)\b",
    ),
)
