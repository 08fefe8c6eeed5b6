"""What the commands end with when they cannot do what was asked."""

OK, FAILED, MISUSED, REFUSED, NO_TESTS, INTERRUPTED = 0, 1, 2, 3, 5, 130

STATUSES = """exit status:
  0    it went well
  1    the agent failed: an error, a limit, a test, a check
  2    used wrongly: an option, a file, an input that does not fit
  3    the server does not answer, or refuses
  5    no test was found
  130  interrupted by Ctrl-C"""


class Problem(Exception):
    """A sentence that says what is wrong and what to do; the command ends with `status`."""

    def __init__(self, sentence: str, status: int = MISUSED) -> None:
        super().__init__(sentence)
        self.status = status
