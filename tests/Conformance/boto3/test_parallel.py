"""Many invokes at once: every answer right, never more sandboxes than invokes, never two invokes in one sandbox."""

import unittest
from concurrent.futures import ThreadPoolExecutor

from support import ConformanceTest, client, create_probe, invoke

INVOKES = 200


class ParallelInvokes(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "parallel", Timeout=60)
        cls.client = client(max_pool_connections=INVOKES)

    def run_all(self, at_once):
        def one(n):
            answer = invoke(self.name, {"do": "sleep", "seconds": 0.05, "n": n}, using=self.client)
            self.assertEqual((answer.status, answer.error), (200, None), answer.payload)
            return answer.json

        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(one, range(INVOKES)))

    def assert_right(self, found, most_sandboxes):
        self.assertEqual([one["n"] for one in found], list(range(INVOKES)))
        by_sandbox = {}
        for one in found:
            by_sandbox.setdefault(one["sandbox"], []).append((one["began"], one["ended"]))
        self.assertLessEqual(len(by_sandbox), most_sandboxes)
        for times in by_sandbox.values():
            times.sort()
            for (_, ended), (began, _) in zip(times, times[1:]):
                self.assertLessEqual(ended, began, "two invokes ran in one sandbox at the same time")

    def test_1_200_invokes_by_16_callers_need_at_most_16_sandboxes(self):
        self.assert_right(self.run_all(16), 16)

    def test_2_200_invokes_at_once_are_all_right(self):
        self.assert_right(self.run_all(INVOKES), INVOKES)


class ParallelLives(ConformanceTest):
    def test_20_functions_can_be_created_invoked_and_deleted_at_once(self):
        connections = client(max_pool_connections=20)

        def life(n):
            name = create_probe(self.addCleanup, f"life{n}")
            found = invoke(name, {"n": n}, using=connections).json
            connections.delete_function(FunctionName=name)
            return found

        with ThreadPoolExecutor(10) as pool:
            self.assertEqual(list(pool.map(life, range(20))), [{"n": n} for n in range(20)])


if __name__ == "__main__":
    unittest.main()
