"""CloudWatch Logs: what a function wrote, read with boto3, and groups and streams of one's own."""

import json
import time
import unittest

from support import NODEJS, REGION, ConformanceTest, account, client, create, create_probe, invoke, unique, wait_until_updated
from wire import signed

LOGS = client("logs")


def events_of(name, **arguments):
    return LOGS.filter_log_events(logGroupName=f"/aws/lambda/{name}", **arguments)["events"]


class FunctionLogs(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "logs", Timeout=5)
        cls.group = f"/aws/lambda/{cls.name}"
        cls.before = LOGS.describe_log_groups(logGroupNamePrefix=cls.group)["logGroups"]
        cls.answer = invoke(cls.name, {"do": "print", "lines": ["one", "two  żółć"], "logging": "many\nlines"})

    def test_the_group_appears_with_the_first_invoke(self):
        self.assertEqual(self.before, [])
        (found,) = LOGS.describe_log_groups(logGroupNamePrefix=self.group)["logGroups"]
        self.assertEqual(found["logGroupName"], self.group)
        self.assertEqual(found["arn"], f"arn:aws:logs:{REGION}:{account()}:log-group:{self.group}:*")
        self.assertNotIn("retentionInDays", found)

    def test_the_stream_has_the_recorded_form_of_name_and_its_times(self):
        (stream,) = LOGS.describe_log_streams(logGroupName=self.group, orderBy="LastEventTime", descending=True)["logStreams"]
        self.assertRegex(stream["logStreamName"], r"^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$")
        self.assertTrue(time.time() * 1000 - 120_000 < stream["firstEventTimestamp"] <= stream["lastEventTimestamp"] <= time.time() * 1000)

    def test_each_line_is_an_event_and_a_record_of_many_lines_is_one(self):
        messages = [e["message"] for e in events_of(self.name) if "\tWARN\tLambent: " not in e["message"]]
        start = messages.index(f"START RequestId: {self.answer.request_id} Version: $LATEST\n")
        self.assertTrue(messages[0].startswith("INIT_START Runtime Version: python"), messages[0])
        between = messages[start + 1:start + 4]  # a record has the time that it says, a line that of its arrival
        self.assertEqual([m for m in between if not m.startswith("[INFO]")], ["one\n", "two  żółć\n"])
        (record,) = (m for m in between if m.startswith("[INFO]"))
        self.assertRegex(record, rf"^\[INFO\]\t\S+Z\t{self.answer.request_id}\tmany\nlines\n$")
        self.assertEqual(messages[start + 4], f"END RequestId: {self.answer.request_id}\n")
        self.assertRegex(messages[start + 5], rf"^REPORT RequestId: {self.answer.request_id}\tDuration: .*\t\n$")

    def test_get_log_events_reads_forth_and_back_and_repeats_its_token_at_the_end(self):
        stream = LOGS.describe_log_streams(logGroupName=self.group)["logStreams"][0]["logStreamName"]
        everything = [e["message"] for e in events_of(self.name, logStreamNames=[stream])]
        token, read = {}, []
        while True:
            page = LOGS.get_log_events(logGroupName=self.group, logStreamName=stream, startFromHead=True, limit=2, **token)
            read += [e["message"] for e in page["events"]]
            if token.get("nextToken") == page["nextForwardToken"]:
                break
            token = {"nextToken": page["nextForwardToken"]}
        self.assertEqual(read, everything)
        last = LOGS.get_log_events(logGroupName=self.group, logStreamName=stream, limit=1)
        self.assertEqual([e["message"] for e in last["events"]], everything[-1:])
        before = LOGS.get_log_events(logGroupName=self.group, logStreamName=stream, limit=1, nextToken=last["nextBackwardToken"])
        self.assertEqual([e["message"] for e in before["events"]], everything[-2:-1])

    def test_filter_by_pattern_time_and_page(self):
        pattern = f'"{self.answer.request_id}" -START'
        found = [e["message"].split(" ")[0] for e in events_of(self.name, filterPattern=pattern)]
        self.assertEqual([f for f in found if f in ("END", "REPORT")], ["END", "REPORT"])
        self.assertEqual(events_of(self.name, startTime=int(time.time() * 1000) + 60_000), [])
        pages = LOGS.get_paginator("filter_log_events").paginate(logGroupName=self.group, PaginationConfig={"PageSize": 1})
        paged = [e["eventId"] for page in pages for e in page["events"]]
        self.assertEqual(paged, [e["eventId"] for e in events_of(self.name)])
        self.assertEqual(len(paged), len(set(paged)))

    def test_deleting_the_function_leaves_its_logs(self):
        name = create_probe(self.addCleanup, "gone")
        invoke(name, 1)
        client().delete_function(FunctionName=name)
        self.assertTrue(events_of(name))


def log_as(name, config):
    """Sets the function's LoggingConfig, which Debian's boto3 does not know yet."""
    reply = signed("PUT", f"/2015-03-31/functions/{name}/configuration", {"LoggingConfig": config}, {"Content-Type": "application/json"})
    assert reply.status == 200, reply.body
    wait_until_updated(name)


class JsonFormat(ConformanceTest):
    def records(self, name):
        """Without Lambent's own word on an interpreter that is not quite the wanted one."""
        records = [json.loads(e["message"]) for e in events_of(name)]
        return [r for r in records if not str(r.get("message")).startswith("Lambent: ")]

    def test_python_with_levels(self):
        code = ("import logging\ndef handler(e, c):\n"
                "    logging.getLogger('n').info('hidden')\n    logging.getLogger('n').warning('w %s', 1)\n"
                "    try: 1 / 0\n    except ZeroDivisionError: logging.exception('failed')\n")
        name = create(self.addCleanup, "pyjson", {"index.py": code}, "index.handler")
        log_as(name, {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "SystemLogLevel": "DEBUG"})
        answer = invoke(name, {}, tail=True)
        records = self.records(name)
        self.assertEqual([r["type"] for r in records if "type" in r],
                         ["platform.initStart", "platform.initRuntimeDone", "platform.initReport", "platform.start",
                          "platform.runtimeDone", "platform.report"])
        start = next(r for r in records if r.get("type") == "platform.start")
        self.assertEqual(start["record"], {"requestId": answer.request_id, "version": "$LATEST"})
        self.assertRegex(start["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        report = records[-1]["record"]
        self.assertEqual(list(report["metrics"]), ["durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB", "initDurationMs"])
        self.assertEqual(report["status"], "success")
        warning, failed = [r for r in records if "level" in r]
        self.assertEqual((warning["level"], warning["message"], warning["logger"], warning["requestId"]),
                         ("WARNING", "w 1", "n", answer.request_id))
        self.assertEqual((failed["level"], failed["errorType"]), ("ERROR", "ZeroDivisionError"))
        self.assertIn('"type":"platform.report"', answer.log)

    def test_nodejs_with_levels(self):
        code = "exports.handler = async () => { console.debug('no'); console.info({ a: 1 }); console.error(new TypeError('t')); };"
        name = create(self.addCleanup, "jsjson", {"index.js": code}, "index.handler", NODEJS)
        log_as(name, {"LogFormat": "JSON", "SystemLogLevel": "WARN"})
        answer = invoke(name, {})
        info, error = self.records(name)
        self.assertEqual((info["level"], info["message"], info["requestId"]), ("INFO", {"a": 1}, answer.request_id))
        self.assertEqual((error["level"], error["message"]["errorType"], error["message"]["errorMessage"]), ("ERROR", "TypeError", "t"))

    def test_what_is_printed_stays_plain(self):
        name = create_probe(self.addCleanup, "plain")
        log_as(name, {"LogFormat": "JSON"})
        invoke(name, {"do": "print", "lines": ["plain"]})
        self.assertIn("plain\n", [e["message"] for e in events_of(name)])


class OwnGroups(ConformanceTest):
    def group(self, **arguments):
        name = unique("group")
        LOGS.create_log_group(logGroupName=name, **arguments)
        self.addCleanup(LOGS.delete_log_group, logGroupName=name)
        return name

    def test_put_and_read(self):
        group = self.group()
        LOGS.create_log_stream(logGroupName=group, logStreamName="a/b")
        now = int(time.time() * 1000)
        messages = ["first\nof two lines", '{"level": "ERROR", "ms": 120, "user": {"name": "żółć"}}', '{"level": "INFO", "ms": 7}']
        answer = LOGS.put_log_events(logGroupName=group, logStreamName="a/b", logEvents=[
            {"timestamp": now - 5000 + n, "message": m} for n, m in enumerate(messages)])
        self.assertNotIn("rejectedLogEventsInfo", answer)
        events = LOGS.get_log_events(logGroupName=group, logStreamName="a/b", startFromHead=True)["events"]
        self.assertEqual([(e["timestamp"], e["message"]) for e in events], [(now - 5000 + n, m) for n, m in enumerate(messages)])
        self.assertTrue(all(e["ingestionTime"] >= now for e in events))
        for pattern, numbers in (('{ $.level = "ERROR" }', [1]), ("{ $.ms < 100 || $.user.name = \"ż*\" }", [1, 2]),
                                 ("{ $.ms >= 7 && $.user NOT EXISTS }", [2]), ('"of two"', [0]), ("?first ?INFO", [0, 2]), ("-level", [0])):
            found = LOGS.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]
            self.assertEqual([e["message"] for e in found], [messages[n] for n in numbers], pattern)

    def test_events_of_streams_are_interleaved_by_time(self):
        group, now = self.group(), int(time.time() * 1000)
        for stream in ("x", "y"):
            LOGS.create_log_stream(logGroupName=group, logStreamName=stream)
            LOGS.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[
                {"timestamp": now + n, "message": f"{stream}{n}"} for n in range(3)])
        found = LOGS.filter_log_events(logGroupName=group, interleaved=True)["events"]
        self.assertEqual([e["message"] for e in found], ["x0", "y0", "x1", "y1", "x2", "y2"])
        self.assertEqual({e["logStreamName"] for e in LOGS.filter_log_events(logGroupName=group, logStreamNamePrefix="x")["events"]}, {"x"})

    def test_what_is_too_old_or_too_new_is_rejected(self):
        group, now = self.group(), int(time.time() * 1000)
        LOGS.create_log_stream(logGroupName=group, logStreamName="s")
        old = LOGS.put_log_events(logGroupName=group, logStreamName="s", logEvents=[{"timestamp": now - 15 * 86_400_000, "message": "old"}])
        new = LOGS.put_log_events(logGroupName=group, logStreamName="s", logEvents=[
            {"timestamp": now, "message": "kept"}, {"timestamp": now + 3 * 3_600_000, "message": "new"}])
        self.assertEqual(old["rejectedLogEventsInfo"], {"tooOldLogEventEndIndex": 1})
        self.assertEqual(new["rejectedLogEventsInfo"], {"tooNewLogEventStartIndex": 1})
        self.assertEqual([e["message"] for e in LOGS.filter_log_events(logGroupName=group)["events"]], ["kept"])

    def test_retention_and_tags(self):
        group = self.group(tags={"a": "1"})
        LOGS.put_retention_policy(logGroupName=group, retentionInDays=7)
        (found,) = LOGS.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        self.assertEqual(found["retentionInDays"], 7)
        LOGS.delete_retention_policy(logGroupName=group)
        (found,) = LOGS.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        self.assertNotIn("retentionInDays", found)
        arn = found["arn"].removesuffix(":*")
        LOGS.tag_resource(resourceArn=arn, tags={"b": "2"})
        self.assertEqual(LOGS.list_tags_for_resource(resourceArn=arn)["tags"], {"a": "1", "b": "2"})
        self.assert_refused(400, "InvalidParameterException", "retentionInDays", LOGS.put_retention_policy, logGroupName=group, retentionInDays=2)

    def test_groups_and_streams_come_in_pages(self):
        group = self.group()
        for n in range(5):
            LOGS.create_log_stream(logGroupName=group, logStreamName=f"s{n}")
        pages = LOGS.get_paginator("describe_log_streams").paginate(logGroupName=group, PaginationConfig={"PageSize": 2})
        self.assertEqual([s["logStreamName"] for p in pages for s in p["logStreams"]], [f"s{n}" for n in range(5)])
        LOGS.delete_log_stream(logGroupName=group, logStreamName="s3")
        first = LOGS.describe_log_streams(logGroupName=group, descending=True, limit=2)["logStreams"]
        self.assertEqual([s["logStreamName"] for s in first], ["s4", "s2"])

    def test_errors_in_the_words_of_aws(self):
        group = self.group()
        LOGS.create_log_stream(logGroupName=group, logStreamName="s")
        for code, message, operation, arguments in (
            ("ResourceNotFoundException", "The specified log group does not exist.", LOGS.filter_log_events, {"logGroupName": "none"}),
            ("ResourceNotFoundException", "The specified log stream does not exist.", LOGS.get_log_events, {"logGroupName": group, "logStreamName": "none"}),
            ("ResourceAlreadyExistsException", "The specified log group already exists", LOGS.create_log_group, {"logGroupName": group}),
            ("ResourceAlreadyExistsException", "The specified log stream already exists", LOGS.create_log_stream, {"logGroupName": group, "logStreamName": "s"}),
            ("InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
             LOGS.describe_log_groups, {"logGroupNamePrefix": "a", "logGroupNamePattern": "b"}),
            ("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.", LOGS.describe_log_streams,
             {"logGroupName": group, "logStreamNamePrefix": "a", "orderBy": "LastEventTime"}),
            ("InvalidParameterException", "The specified nextToken is invalid.", LOGS.get_log_events,
             {"logGroupName": group, "logStreamName": "s", "nextToken": "x"}),
        ):
            self.assert_refused(400, code, self.exactly(message), operation, **arguments)
        self.assert_refused(403, ("UnrecognizedClientException", "InvalidSignatureException"), None, client("logs", secret="wrong").describe_log_groups)


if __name__ == "__main__":
    unittest.main()
