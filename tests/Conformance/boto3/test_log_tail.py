"""LogType=Tail: START, what the function wrote, END and REPORT, in AWS's form; and what a failure leaves there."""

import base64
import math
import re
import unittest

from support import NODEJS, ConformanceTest, create, create_probe, invoke, source

NUMBERS = (r"Duration: (?P<duration>\d+\.\d\d) ms\tBilled Duration: (?P<billed>\d+) ms\t"
           r"Memory Size: (?P<size>\d+) MB\tMax Memory Used: (?P<used>\d+) MB\t")
DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class LogTail(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "tail", Timeout=5)
        invoke(cls.name, None)  # so that every test below meets a warm sandbox

    def test_a_warm_tail_is_start_output_end_report_and_nothing_else(self):
        answer = invoke(self.name, {"do": "print", "lines": ["one", "two  żółć"]}, tail=True)
        request_id = re.escape(answer.request_id)
        self.assertRegex(answer.log, rf"\ASTART RequestId: {request_id} Version: \$LATEST\none\ntwo  żółć\n"
                                     rf"END RequestId: {request_id}\nREPORT RequestId: {request_id}\t{NUMBERS}\n\Z")

    def test_without_tail_there_is_no_log(self):
        self.assertNotIn("LogResult", invoke(self.name, 1).response)
        self.assertNotIn("LogResult", invoke(self.name, 1, LogType="None").response)

    def test_the_numbers_of_the_report_fit_together(self):
        report = re.search(NUMBERS, invoke(self.name, {"do": "sleep", "seconds": 0.2}, tail=True).log)
        self.assertGreaterEqual(float(report["duration"]), 200)
        self.assertLess(float(report["duration"]), 2000)
        self.assertEqual(int(report["billed"]), math.ceil(float(report["duration"])))
        self.assertEqual(int(report["size"]), 128)
        self.assertTrue(1 <= int(report["used"]) <= 128, report["used"])

    def test_only_the_first_invoke_of_a_sandbox_reports_its_init(self):
        name = create_probe(self.addCleanup, "cold")
        cold, warm = invoke(name, 1, tail=True), invoke(name, 1, tail=True)
        found = re.search(NUMBERS + r"Init Duration: (?P<init>\d+\.\d\d) ms\t$", cold.report())
        self.assertIsNotNone(found, cold.log)
        self.assertGreater(float(found["init"]), 0)
        # Since August 2025 AWS bills the Init phase too.
        self.assertEqual(int(found["billed"]), math.ceil(round(float(found["duration"]) + float(found["init"]), 2)))
        self.assertNotIn("Init Duration", warm.report())
        self.assertTrue(cold.log.startswith("START RequestId: "), cold.log)

    def test_the_tail_holds_the_last_4_kilobytes(self):
        answer = invoke(self.name, {"do": "print", "lines": [f"{n:05d}" + "." * 94 for n in range(200)]}, tail=True)
        raw = base64.b64decode(answer.response["LogResult"])
        self.assertTrue(3500 <= len(raw) <= 4096, len(raw))
        self.assertIn("00199", answer.log)
        self.assertNotIn("00001.", answer.log)
        self.assertTrue(answer.log.endswith("\t\n"))

    def test_standard_error_is_in_the_tail(self):
        self.assertIn("\nto stderr\n", invoke(self.name, {"do": "print", "lines": [], "stderr": "to stderr"}, tail=True).log)

    def test_python_logging_has_level_date_and_request_id(self):
        answer = invoke(self.name, {"do": "print", "lines": [], "logging": "said the logger"}, tail=True)
        self.assertRegex(answer.log, rf"\n\[INFO\]\t{DATE}\t{re.escape(answer.request_id)}\tsaid the logger\n")

    def test_a_python_exception_is_in_the_tail_with_its_traceback(self):
        answer = invoke(self.name, {"do": "no_such_action"}, tail=True)
        self.assertRegex(answer.log, r"\n\[ERROR\] KeyError: 'do_no_such_action'[\r\n]"
                                     r"Traceback \(most recent call last\):[\r\n]"
                                     "\u00a0\u00a0File \"/var/task/probe.py\", line ")

    def test_what_one_invoke_wrote_is_not_in_the_tail_of_the_next(self):
        invoke(self.name, {"do": "print", "lines": ["only once"]})
        self.assertNotIn("only once", invoke(self.name, {"do": "print", "lines": ["later"]}, tail=True).log)

    def test_nodejs_console_lines_have_date_request_id_and_level(self):
        name = create(self.addCleanup, "jslog", {"index.js": source("echo.js")}, "index.logs", NODEJS)
        answer = invoke(name, {}, tail=True)
        head = rf"{DATE}\t{re.escape(answer.request_id)}\t"
        self.assertRegex(answer.log, rf"\n{head}INFO\tone plain\n{head}ERROR\ttwo\n{head}INFO\t{{ three: 3 }}\nfour raw\n")


class LogOfAFailure(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "faillog", Timeout=1)

    def assert_report_ends(self, event, ending):
        answer = invoke(self.name, event, tail=True)
        self.assertRegex(answer.report(), NUMBERS + r"(Init Duration: \d+\.\d\d ms\t)?" + ending + r"\t?$")
        for word in ("START", "END"):
            self.assertIn(f"{word} RequestId: {answer.request_id}", answer.log)

    def test_a_timeout_is_reported_as_status_timeout(self):
        self.assert_report_ends({"do": "sleep", "seconds": 30}, "Status: timeout")

    def test_an_exit_is_reported_as_status_error_with_its_type(self):
        self.assert_report_ends({"do": "exit", "status": 3}, "Status: error\tError Type: Runtime.ExitError")

    def test_a_handled_exception_reports_no_status(self):
        answer = invoke(self.name, {"do": "no_such_action"}, tail=True)
        self.assertNotIn("Status: timeout", answer.report())


if __name__ == "__main__":
    unittest.main()
