from measures import diversity, keywords, sentences_of, statistics, words_of

from neuroflow.testing import ask, raises

PROSE = (
    "The river rises in the mountains. Mr. Smith says that the river is brown in spring! "
    "Does the river flood?\n\nThe villages along the river watch the water level, and the water level is high."
)


def test_words_are_found_in_any_script():
    assert words_of("Don't stop—the well-known café №7") == ["Don't", "stop", "the", "well-known", "café", "7"]
    assert words_of("我喜欢Python编程") == ["我", "喜", "欢", "Python", "编", "程"]
    assert len(words_of("Привет, мир")) == 2
    assert words_of("") == []


def test_sentences_end_where_readers_end_them():
    assert len(sentences_of(PROSE)) == 4
    assert len(sentences_of("春天来了。孩子们在放风筝！你看见了吗？")) == 3
    assert sentences_of("It costs 3.50 in total. Cheap.") == ["It costs 3.50 in total.", "Cheap."]
    assert sentences_of("no end mark") == ["no end mark"]


def test_statistics_of_prose():
    found = ask(PROSE, skill="analyze")
    assert found["words"] == 35
    assert found["sentences"] == 4
    assert found["paragraphs"] == 2
    assert found["longest_sentence"]["words"] == 15
    assert found["reading_time_seconds"] == 9
    assert found["scripts"] == {"latin": 1.0}
    assert "river" in found["keywords"]


def test_statistics_of_chinese():
    found = statistics("春天来了。孩子们在放风筝。")
    assert found["words"] == 11
    assert found["sentences"] == 2
    assert found["scripts"] == {"han": 1.0}


def test_diversity_is_comparable_between_lengths():
    assert diversity(["a"] * 10) == 0.1
    assert diversity([]) == 0
    many = [str(n % 150) for n in range(3000)]
    assert diversity(many) == 1.0


def test_keywords_prefer_what_is_repeated_and_keep_phrases():
    found = [k["keyword"] for k in keywords(PROSE, 3)]
    assert found[0] == "water level" or found[0] == "river"
    assert {"water level", "river"} <= set(found)
    chinese = [k["keyword"] for k in keywords("机器学习改变了世界。机器学习需要数据。很多人研究机器学习。", 2)]
    assert chinese[0] == "机器学习"


def test_the_request_before_the_text_is_not_counted():
    assert ask("Analyse this text: one two three", skill="analyze")["words"] == 3
    assert (
        ask("extract the keywords of this text: harvest harvest rain", skill="keywords")["keywords"][0]["keyword"]
        == "harvest"
    )


def test_a_text_in_the_payload_and_a_limit():
    assert len(ask(payload={"text": PROSE, "limit": 2}, skill="keywords")["keywords"]) == 2


def test_no_text_is_said():
    with raises(Exception, match="no text"):
        ask("", skill="analyze")


def test_a_long_text_is_read_in_bounded_time():
    assert ask("word and more words. " * 10_000, skill="analyze")["words"] == 40_000
