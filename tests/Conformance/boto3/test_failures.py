"""Functions that time out, exit, run out of memory, disk or processes: AWS's answer, and a fresh sandbox after it."""

import time
import unittest

from support import UUID, ConformanceTest, create_probe, invoke

MEGABYTE = 1024 * 1024


class FailureTest(ConformanceTest):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, cls.__name__.lower(), **cls.settings)

    def count(self):
        found = self.call(self.name, {"do": "count"})
        return found["sandbox"], found["count"]

    def assert_platform_error(self, answer, error_type, message):
        """The platform speaks for a function that cannot: errorType and errorMessage, nothing else."""
        found = answer.json
        self.assertEqual(set(found), {"errorType", "errorMessage"}, found)
        self.assertEqual(answer.version, "$LATEST")
        types = (error_type,) if isinstance(error_type, str) else error_type
        self.assertIn(found["errorType"], types)
        self.assertRegex(found["errorMessage"], f"^RequestId: {answer.request_id} Error: {message}$")

    def assert_fresh_sandbox_after(self, event, error_type, message):
        sandbox, _ = self.count()
        self.assert_platform_error(self.call_failing(self.name, event), error_type, message)
        fresh, count = self.count()
        self.assertNotEqual(fresh, sandbox, "the module should have been imported anew")
        self.assertEqual(count, 1)


class Failures(FailureTest):
    settings = {"Timeout": 2}

    def test_a_handler_that_sleeps_too_long_times_out(self):
        began = time.monotonic()
        self.assert_fresh_sandbox_after({"do": "sleep", "seconds": 60}, "Sandbox.Timedout",
                                        r"Task timed out after 2\.00 seconds")
        self.assertLess(time.monotonic() - began, 10)

    def test_the_invoke_that_ends_in_time_is_no_timeout(self):
        self.call(self.name, {"do": "sleep", "seconds": 1.2})

    def test_sys_exit_with_a_status_is_reported(self):
        self.assert_fresh_sandbox_after({"do": "exit", "status": 3}, "Runtime.ExitError",
                                        "Runtime exited with error: exit status 3")

    def test_sys_exit_with_zero_gives_no_reason(self):
        self.assert_fresh_sandbox_after({"do": "exit", "status": 0}, "Runtime.ExitError",
                                        "Runtime exited without providing a reason")

    def test_a_killed_runtime_is_reported_with_its_signal(self):
        self.assert_fresh_sandbox_after({"do": "kill"}, "Runtime.ExitError", "Runtime exited with error: signal: killed")

    def test_the_request_id_of_a_failure_is_that_of_the_answer(self):
        answer = self.call_failing(self.name, {"do": "exit", "status": 1})
        self.assertRegex(answer.request_id, f"^{UUID}$")
        self.assertIn(answer.request_id, answer.json["errorMessage"])

    def test_an_exit_does_not_reach_another_function(self):
        other = create_probe(self.addCleanup, "neighbour")
        before = self.call(other, {"do": "count"})
        self.call_failing(self.name, {"do": "exit", "status": 1})
        after = self.call(other, {"do": "count"})
        self.assertEqual((after["sandbox"], after["count"]), (before["sandbox"], before["count"] + 1))


class ExhaustedResources(FailureTest):
    settings = {"Timeout": 60, "MemorySize": 128}

    def test_more_memory_than_configured_is_killed(self):
        self.assert_fresh_sandbox_after({"do": "hog"}, ("Runtime.OutOfMemory", "Runtime.ExitError"),
                                        "Runtime exited with error: signal: killed")

    def test_a_full_tmp_is_no_space_left_inside_the_function(self):
        found = self.call(self.name, {"do": "fill_tmp"})
        self.assertEqual(found["errno"], "ENOSPC")
        for size in (found["capacity"], found["written"]):
            self.assertTrue(470 * MEGABYTE <= size <= 560 * MEGABYTE, size)
        self.assertEqual(self.call(self.name, "still answers"), "still answers")

    def test_a_larger_tmp_holds_more(self):
        name = create_probe(self.addCleanup, "bigtmp", Timeout=60, MemorySize=128, EphemeralStorage={"Size": 700})
        found = self.call(name, {"do": "fill_tmp"})
        self.assertEqual(found["errno"], "ENOSPC")
        self.assertGreater(found["written"], 640 * MEGABYTE)

    def test_a_fork_bomb_is_bounded_and_the_next_invoke_of_any_function_answers(self):
        # Memory enough for a thousand processes, so that it is their number that is bounded.
        bomb = create_probe(self.addCleanup, "bomb", Timeout=60, MemorySize=2048)
        calm = create_probe(self.addCleanup, "calm")
        found = self.call(bomb, {"do": "fork_bomb"})
        self.assertEqual(found["errno"], "EAGAIN")
        self.assertTrue(1 <= found["children"] <= 1024, found)
        self.assertEqual(self.call(calm, "not disturbed"), "not disturbed")
        self.assertEqual(self.call(bomb, "still answers"), "still answers")


class SlowStart(ConformanceTest):
    SLOW = """
import time
time.sleep(1.5)

def handler(event, context):
    return context.get_remaining_time_in_millis()
"""

    def test_an_import_longer_than_the_timeout_is_no_timeout(self):
        name = self.function("slow", {"slow.py": self.SLOW}, "slow.handler", Timeout=1)
        answer = invoke(name, 1, tail=True)
        self.assertIsNone(answer.error, answer.payload)
        self.assertTrue(500 < answer.json <= 1000, answer.json)
        self.assertRegex(answer.report(), r"Init Duration: (1[5-9]|[2-9]\d)\d\d\.\d\d ms")


if __name__ == "__main__":
    unittest.main()
