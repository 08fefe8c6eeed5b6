"""What stands around a phrase and makes an honest reading likelier.

People write about instructions all day: they ask how to ignore a rule, report that somebody ignored one, take back
an e-mail, or quote an attack to ask what it is. Each reading below looks at a few dozen characters before and after
the phrase, and takes its share off the score. They use the standard library's expressions, on slices of bounded
length.
"""

# ruff: noqa: E501  (an expression cut in two is read twice)

import re
from collections.abc import Callable

BEFORE, AFTER = 90, 110

# Told of somebody, asked about, or negated: "how do I …", "the driver ignored", "they told us to …", "never …".
_SUBJECT = (
    r"(?:i|we|he|she|they|it|who|which|people|users?|students?|attackers?|hackers?|drivers?|models?|llms?|systems?|"
    r"compilers?|browsers?|agents?|tools?|scripts?|employees|players?|patients?|customers?|someone|nobody|everyone)"
)
_AUXILIARY = (
    r"(?:will|would|can|could|may|might|should|shall|must|did|does|do|often|always|sometimes|usually|just|simply|"
    r"then|also|to|have to|has to|had to|want to|wants to|need to|needs to|tend to|chose to|decided to|seem to|not)"
)
_REPORTED = re.compile(
    rf"(?:\b(?:how|why|when|whether|does|did|should)(?: (?!you\b)[\w']+){{0,4}} "
    rf"|\b(?:how|why) (?:do|does|did|would|should|can) you "
    rf"|\b(?:can|could|may|do) (?!you\b)[\w']+ "
    rf"|\b{_SUBJECT} (?:{_AUXILIARY} ){{0,3}}"
    r"|\b(?:told|asked|instructed|advised|ordered|tempting|tries|tried|trying|attempts?|attempted|attempting|wants?|"
    r"wanted|allowed?|able|possible|safe|ok|okay|fine|way|ways|easy|wrong|unwise|dangerous|decided|chose|reason)"
    r"(?: (?!you\b)[\w']+)? to "
    r"|\b(?:don't|dont|do not|not|never|cannot|can't|won't|didn't|doesn't|shouldn't|mustn't) (?:simply |just |ever |to )?"
    r"|\b(?:if|when) (?:(?!you\b)[\w']+ ){1,3}"
    r"|(?:如何|怎么|怎麼|怎样|怎樣|为什么|為什麼|为何|是否|会不会|能不能|可不可以|不要|不能|不会|請勿|请勿|禁止|切勿|不得|他们|他們|学生|用户|员工)[^,。!?\n]{0,5}"
    r")$"
)
# Taken back: what is to be ignored was a slip of the writer's own.
_EXCUSED = re.compile(
    r"\b(?:by mistake|in error|by accident|accidentally|mistakenly|typos?|wrong (?:file|version|attachment|thread|"
    r"person|chat|window|one|address|number|order)|out ?dated|old version|no longer (?:valid|apply|applies|relevant)|"
    r"sent (?:it |them )?too early|i (?:was|made|misread|meant|copied)|my mistake|my bad|incorrect|superseded by)\b"
    r"|发错|發錯|误发|誤發|打错|打錯|写错|寫錯|说错|說錯|弄错|弄錯|搞错|搞錯|作废|作廢|笔误|过期"
)
# Named rather than used: in quotes, or announced as words, near words that talk about words.
_ABOUT_WORDS = re.compile(
    r"\b(?:means?|meaning|phrases?|sentences?|wording|expressions?|examples?|such as|e\.g|so ?called|quotes?|quoted|"
    r"prompt injections?|injections?|jailbreaks?|jailbreaking|attacks?|attackers?|malicious|detects?|detecting|"
    r"classif(?:y|ier)|titled?|called|article|paper|blog|book|headline)\b|什么意思|这句|这个短语|例如|比如|注入|攻击|检测|短语|所谓"
)
_OPENING = re.compile(r"[\"'`(\[<*「『]\s?$")
_CLOSING = re.compile(r"^[^\n]{0,80}?[\"'`)\]>*」』]")
_ANNOUNCED = re.compile(
    r"\b(?:says?|saying|said|like|such as|types?|typed|writes?|wrote|contains?|containing|phrase|words|e\.g\.?|for "
    r"example|called|titled)[:,]? ?[\"'`]?$|(?:比如|例如|所谓的?|叫做?|短语|这句话?)[:,]? ?[\"'`]?$"
)
# The phrase only begins a longer name: "the previous instructions manual", "the system prompt field".
_COMPOUND = re.compile(
    r"^(?:[\s\-_]{1,2}(?:(?!and\b|or\b|but\b|then\b|to\b|in\b|on\b)[\w]+[\s\-])?(?:logs?|manuals?|booklets?|leaflets?|handbooks?|documents?|sheets?|pages?|files?|fields?|"
    r"parameters?|settings?|options?|box(?:es)?|columns?|tables?|cards?|videos?|guides?|pdfs?|e-?mails?|letters?|"
    r"class(?:es)?|functions?|variables?|arguments?|templates?|editors?|engineer(?:s|ing)?|caches?|caching|sets?|"
    r"pointers?|counters?|decod(?:er|ing)|queues?|memory|design(?:er|ers|s)?|sounds?|tones?|notifications?|keywords?|"
    r"library|feature|button|tab|section|sections|attention|response|reply|help|assistance|answer|payment)\b)"
    r"|^(?:书|書|手册|手冊|灯|燈|器|音|框|栏|欄|字段|文件|文档|单|圖|图|集|引擎|卡|窗口|功能|按钮|页面)"
)
# It goes on to say of what: "your instructions for the oven", "the system prompt of my bot".
_ABOUT = re.compile(
    r"^ (?!(?:for|of) (?:this|the|your) (?:conversation|session|chat|agent|assistant|bot|model|ai)\b)(?:for|of|on|about|regarding|to (?:assemble|install|make|use|cook|bake|reach|get|my|the)|in (?:my|the|this|our))\b"
)
# "disregard the above" is whole only where the sentence ends or turns to a new order.
_WHOLE = re.compile(
    r"^\s*(?:$|[.,;:!?)\]\"'\n\-]|(?:and|then|but|instead|you|now|please|so|text|instructions?|prompts?|rules?|"
    r"messages?|directions?|content|guidelines?|this|here|verbatim|starting|beginning|as|word|exactly|back)\b)"
)
_DEVICE = re.compile(
    r"\b(?:android|iphone|ios|phone|pixel|samsung|tablet|device|chrome|browser|roku|quest|headset|xbox|console|game|"
    r"minecraft|skyrim|doom|cheat|settings|windows|usb|bank|app)\b|手机|安卓|设备|电视|游戏|平板"
)
_PERSON = re.compile(r"^(?:'s|[ ,]*(?:from (?!now)|the|brown|smith|jones|of|who|at|with|and i)\b)")

Reading = Callable[[str, str], float]


def _reported(before: str, after: str) -> float:
    return 0.35 if _REPORTED.search(before) else 0.0


def _excused(before: str, after: str) -> float:
    return 0.3 if _EXCUSED.search(after) else 0.0


def _quoted(before: str, after: str) -> float:
    marked = (_OPENING.search(before) and _CLOSING.search(after)) or _ANNOUNCED.search(before)
    return 0.4 if marked and _ABOUT_WORDS.search(before + " " + after) else 0.0


def _compound(before: str, after: str) -> float:
    return 0.6 if _COMPOUND.search(after) else 0.0


def _about(before: str, after: str) -> float:
    return 0.3 if _ABOUT.search(after) else 0.0


def _goes_on(before: str, after: str) -> float:
    return 0.0 if _WHOLE.search(after) else 0.4


def _device(before: str, after: str) -> float:
    return 0.4 if _DEVICE.search(before + " " + after) else 0.0


def _person(before: str, after: str) -> float:
    return 0.5 if _PERSON.search(after) else 0.0


READINGS: dict[str, Reading] = {
    "reported": _reported,
    "excused": _excused,
    "quoted": _quoted,
    "compound": _compound,
    "about": _about,
    "goes_on": _goes_on,
    "device": _device,
    "person": _person,
}


def soften(text: str, start: int, end: int, readings: tuple[str, ...]) -> float:
    """How much to take off the score of `text[start:end]`: the sum of the readings that apply."""
    before, after = text[max(0, start - BEFORE) : start], text[end : end + AFTER]
    return sum(READINGS[name](before, after) for name in readings)
