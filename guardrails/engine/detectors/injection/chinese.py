"""Phrases of attacks in Chinese, simplified and traditional, over folded text."""

# ruff: noqa: E501  (an expression cut in two is read twice)

from .phrase import Phrase

_GAP = r"[\s,、的了掉]{0,3}"
_IGNORE = (
    "(?:忽略|忽視|忽视|无视|無視|忘记|忘記|忘掉|忘却|抛开|拋開|抛弃|丢弃|不要理会|不要理會|不用理会|别管|別管|不用管|不要管"
    "|不要遵守|不要遵循|不要听从|不必遵守|无需遵守|停止遵守|停止遵循|不再遵守|不再遵循|撤销|推翻|绕过|繞過|覆盖|违背|违反)"
)
_MODIFIER = (
    "(?:你|您|我|所有|全部|一切|任何|之前|先前|以前|此前|前面|上面|以上|上述|上文|原来|原有|原先|原本|最初|初始|已有|现有|既有"
    "|系统|系統|开发者|安全|内部|道德|伦理|给|給|对|說|说|过|過|发|发布|设定|設定|收到|接收到|这些|那些|該|该|个|條|条|的|了|掉|到|被"
    "|[\\s,、])"
)
_ANCHOR = "(?:你|您|所有|全部|一切|任何|之前|先前|以前|此前|前面|上面|以上|上述|上文|原来|原有|原先|原本|最初|初始|已有|系统|系統)"
_INSTRUCTIONS = "(?:指令|指示|指引|提示词|提示詞|提示语|提示|命令|设定|設定|prompt|说明|說明|训练|訓練|准则|準則|角色)"
_RULES = "(?:规则|規則|规定|規定|限制|约束|約束|要求|规范|規範|政策|原则|防护|过滤)"
_TALK = "(?:内容|內容|对话|對話|信息|消息|文字|话|話|上下文)"
_SYSTEM_PROMPT = (
    "(?:(?:系统|系統)(?:级)?(?:提示词|提示詞|提示语|指令|prompt|消息)|(?:初始|原始|最初|隐藏|隱藏|内部|內部|开发者|底层|预设|預設)的?"
    "(?:系统|系統)?(?:提示词|提示詞|提示语|提示|指令|指示|设定|設定|prompt)|system prompt)"
)
_TELL = (
    "(?:告诉|告訴|输出|輸出|显示|顯示|打印|列印|展示|泄露|洩露|透露|公开|公開|重复|重複|复述|複述|给我看|給我看|说出|說出|列出|写出|寫出"
    "|发给我|發給我|提供|交出|背出|翻译|总结)"
)
_FREE = "(?:没有|沒有|不受|无视|摆脱|擺脫|不再受|解除|无|無)"

PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "prompt_extraction",
        0.85,
        f"(?:把|将|將)(?:你|您)的?{_MODIFIER}{{0,4}}{_SYSTEM_PROMPT}[^。!?\n]{{0,4}}(?:告诉|告訴|发|發|给|給|输出|輸出|打印|展示|说|說|写|寫|交|列|显示|顯示)",
        raw=True,
        softened_by=("reported", "quoted", "compound"),
    ),
    Phrase(
        "instruction_override",
        0.95,
        f"{_IGNORE}{_MODIFIER}{{0,10}}?{_ANCHOR}{_MODIFIER}{{0,10}}{_INSTRUCTIONS}",
        raw=True,
    ),
    Phrase(
        "instruction_override",
        0.78,
        f"{_IGNORE}{_MODIFIER}{{0,10}}?{_ANCHOR}{_MODIFIER}{{0,10}}{_RULES}",
        raw=True,
    ),
    Phrase(
        "instruction_override",
        0.72,
        f"{_IGNORE}{_MODIFIER}{{0,6}}?(?:以上|上面|上述|之前|前面|此前){_MODIFIER}{{0,6}}(?:所有|全部|一切){_MODIFIER}{{0,4}}{_TALK}"
        f"|{_IGNORE}{_MODIFIER}{{0,6}}?(?:所有|全部|一切){_MODIFIER}{{0,6}}{_TALK}",
        raw=True,
    ),
    Phrase(
        "instruction_override",
        0.72,
        f"{_IGNORE}{_MODIFIER}{{0,2}}(?:以上|上述|上面){_MODIFIER}{{0,3}}{_TALK}",
        raw=True,
    ),
    Phrase(
        "instruction_override",
        0.9,
        f"(?:把|将|將){_MODIFIER}{{0,10}}(?:{_INSTRUCTIONS}|{_RULES}){_MODIFIER}{{0,3}}(?:都|全)?{_MODIFIER}{{0,2}}{_IGNORE}",
        raw=True,
    ),
    Phrase(
        "prompt_extraction",
        0.9,
        f"{_TELL}[^。!?\n]{{0,8}}(?:你|您)[^。!?\n]{{0,6}}{_SYSTEM_PROMPT}",
        raw=True,
        softened_by=("reported", "quoted", "compound"),
    ),
    Phrase(
        "prompt_extraction",
        0.75,
        f"{_TELL}(?:我|一下|出|全部|完整|所有|整个|[的\\s]){{0,5}}{_SYSTEM_PROMPT}",
        raw=True,
        softened_by=("reported", "quoted", "compound"),
    ),
    Phrase(
        "prompt_extraction",
        0.85,
        f"(?:你|您)的{_MODIFIER}{{0,4}}{_SYSTEM_PROMPT}{_GAP}(?:是|有|写|说|包含|内容)",
        raw=True,
        softened_by=("quoted", "compound"),
    ),
    Phrase(
        "prompt_extraction",
        0.8,
        f"{_TELL}[^。!?\n]{{0,4}}(?:你|您)的?(?:全部|完整|所有)?的?(?:提示词|提示詞|指令|prompt)",
        raw=True,
        softened_by=("reported", "quoted", "compound"),
    ),
    Phrase(
        "prompt_extraction",
        0.75,
        "(?:重复|重複|复述|複述|输出|輸出|打印|背出)(?:一遍|一下|出)?(?:以上|上面|上述|之前|前面)的?(?:所有|全部|一切)?的?(?:内容|內容|文字|话|指令|提示)",
        raw=True,
    ),
    Phrase(
        "persona_override",
        0.88,
        r"(?:你|您)(?:现在|現在|从现在起|从现在开始|將|将)?(?:是|要扮演|扮演|就是|成为|成為)(?:一个|一個|叫|名为)?\s?(?:dan\b|没有限制|沒有限制|不受限制|无限制|無限制|不受约束|不受約束|越狱)",
        raw=True,
    ),
    Phrase(
        "persona_override",
        0.8,
        f"(?:你|您|假装|假裝|扮演|假设)[^。!?\n]{{0,10}}{_FREE}(?:任何|所有|一切)?的?(?:道德|伦理|倫理|安全|内容|內容|审查|審查|法律|平台|openai)?的?(?:限制|约束|約束|束缚|审查|審查|过滤|規則|规则)",
        raw=True,
        softened_by=("reported", "quoted", "compound"),
    ),
    Phrase(
        "persona_override",
        0.8,
        "(?:进入|進入|开启|開啟|启用|啟用|激活|切换到|切換到|启动)(?:了)?(?:开发者|開發者|越狱|越獄|dan|无限制|無限制|上帝|管理员|不受限)模式",
        raw=True,
        softened_by=("reported", "quoted", "device"),
    ),
    Phrase(
        "persona_override",
        0.8,
        "(?:开发者|開發者|越狱|越獄|dan|无限制|無限制)模式(?:已|已经|已經)?(?:开启|開啟|启用|啟用|激活)",
        raw=True,
        softened_by=("reported", "quoted", "device"),
    ),
)
