"""The one phrase everybody translates, in some other languages; over folded text, so without accents."""

# ruff: noqa: E501  (an expression cut in two is read twice)

from .phrase import Phrase

_FAMILY = "instruction_override"

PHRASES: tuple[Phrase, ...] = (
    Phrase(
        _FAMILY,
        0.9,
        r"\b(?:ignor|oubli)(?:e|ez|er|es) (?:toutes? )?(?:les |tes |vos )(?:instructions|consignes|directives|regles) (?:precedentes|anterieures|ci dessus|initiales)",
    ),
    Phrase(
        _FAMILY,
        0.9,
        r"\b(?:ignorier|vergiss|missacht)(?:e|en|t)? (?:sie )?(?:bitte )?(?:alle )?(?:deine |ihre |die )?(?:vorherigen|bisherigen|vorigen|fruheren|obigen|vorangegangenen) (?:anweisungen|instruktionen|befehle|regeln|vorgaben)",
    ),
    Phrase(
        _FAMILY,
        0.9,
        r"\b(?:ignor|olvid)(?:a|e|en|ad|ar) (?:todas )?(?:las |tus |sus )?(?:instrucciones|ordenes|indicaciones|reglas) (?:anteriores|previas|iniciales|de arriba)",
    ),
    Phrase(
        _FAMILY,
        0.9,
        r"\b(?:ignor|esquec)(?:e|a|am|ar) (?:todas )?(?:as |suas )?(?:instrucoes|ordens|regras) (?:anteriores|previas|iniciais|acima)",
    ),
    Phrase(
        _FAMILY,
        0.9,
        r"\b(?:ignora|dimentica|ignori|ignorate) (?:tutte )?(?:le )?(?:tue )?(?:istruzioni|regole|indicazioni) (?:precedenti|iniziali|di prima)",
    ),
    Phrase(
        _FAMILY,
        0.9,
        r"(?:これまで|以前|上記|前|今まで)の(?:すべての|全ての|全)?(?:指示|命令|指令|プロンプト|ルール)(?:を|は)?(?:すべて|全て)?(?:無視|忘れ)",
        raw=True,
    ),
)
