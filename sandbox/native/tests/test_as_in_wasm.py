"""What holds for an agent in WebAssembly holds for it natively: the same tests, by the other isolations."""

import pytest

from sandbox.native.tests.conftest import Native
from sandbox.tests.attacks.test_limits import (  # noqa: F401
    test_a_line_that_is_too_long,
    test_a_loop_that_catches_everything_ends_too,
    test_a_loop_while_the_module_loads,
    test_a_memory_bomb,
    test_a_regular_expression_that_never_ends,
    test_an_answer_that_is_nested_deeply_is_refused,
    test_an_answer_that_is_too_large,
    test_an_endless_loop_ends_at_the_time_limit,
    test_integers_without_end,
    test_metrics_and_spans_count_as_lines,
    test_one_object_that_is_too_large,
    test_sleeping_past_the_time_limit,
    test_small_objects_without_end,
    test_too_many_capability_calls,
    test_too_many_lines,
)
from sandbox.tests.test_clients import (  # noqa: F401
    test_a_large_body_goes_out_and_comes_back,
    test_httpx,
    test_urllib,
)
from sandbox.tests.test_http import (  # noqa: F401
    test_a_denial_can_be_caught,
    test_a_grant_is_asked_for_at_every_call,
    test_a_wildcard_opens_no_loopback,
    test_an_effect_that_cannot_be_recorded_does_not_happen,
    test_calls_are_concurrent,
    test_calls_nobody_waits_for_do_not_hold_the_run,
    test_capabilities_are_closed_while_the_module_loads,
    test_each_call_is_a_span_below_the_step_it_belongs_to,
    test_get_gives_status_headers_text_and_json,
    test_httpx_works_as_usual,
    test_post_sends_a_body_and_counts_as_an_effect,
    test_redirects_are_followed_and_checked_again,
    test_the_time_limit_and_cancelling_end_a_wait,
    test_without_a_grant_the_call_is_denied,
)
from sandbox.tests.test_reuse import (  # noqa: F401
    test_a_call_that_nobody_waited_for_does_not_answer_the_next_request,
    test_a_cancelled_sandbox_is_not_used_again,
    test_a_sandbox_is_not_used_again_after_a_failure,
    test_state_lives_on_only_where_reuse_was_chosen,
    test_two_agents_with_the_same_code_share_nothing,
)
from sandbox.tests.test_runtime import (  # noqa: F401
    test_a_failure_names_the_authors_file_and_line_and_shows_only_their_frames,
    test_one_request,
    test_source_that_cannot_run_fails_with_its_file_and_line,
    test_what_a_module_says_while_it_loads_is_told_once_in_each_run,
)
from sandbox.tests.test_secrets import (  # noqa: F401
    test_nothing_else_that_comes_back_tells_it,
    test_the_host_puts_it_into_the_header,
)


@pytest.fixture
def agent(native: Native) -> Native:
    return native
