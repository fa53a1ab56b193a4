"""ListFunctions: every function exactly once, page by page."""

import unittest

import wire
from support import LAMBDA, ConformanceTest, arn, create_probe

COUNT = 5


class ListFunctions(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.names = sorted(create_probe(cls.addClassCleanup, "list") for _ in range(COUNT))

    def mine(self, functions):
        return sorted(found["FunctionName"] for found in functions if found["FunctionName"] in self.names)

    def test_all_functions_are_listed_once(self):
        pages = LAMBDA.get_paginator("list_functions").paginate()
        self.assertEqual(self.mine(found for page in pages for found in page["Functions"]), self.names)

    def test_pages_of_two_show_every_function_exactly_once(self):
        listed, marker, pages = [], None, 0
        while True:
            page = LAMBDA.list_functions(MaxItems=2, **({"Marker": marker} if marker else {}))
            self.assertLessEqual(len(page["Functions"]), 2)
            listed, pages, marker = listed + page["Functions"], pages + 1, page.get("NextMarker")
            if not marker:
                break
        self.assertGreaterEqual(pages, COUNT // 2)
        self.assertEqual(self.mine(listed), self.names)

    def test_the_first_page_has_as_many_as_were_asked_for(self):
        page = LAMBDA.list_functions(MaxItems=3)
        self.assertEqual(len(page["Functions"]), 3)
        self.assertTrue(page["NextMarker"])

    def test_the_last_page_has_no_marker(self):
        *_, last = LAMBDA.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
        self.assertNotIn("NextMarker", last)

    def test_the_paginator_stops_at_max_items(self):
        pages = LAMBDA.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2, "MaxItems": 3})
        self.assertEqual(sum(len(page["Functions"]) for page in pages), 3)

    def test_a_deleted_function_is_not_listed(self):
        gone = create_probe(self.addCleanup, "gone")
        LAMBDA.delete_function(FunctionName=gone)
        pages = LAMBDA.get_paginator("list_functions").paginate()
        self.assertNotIn(gone, [found["FunctionName"] for page in pages for found in page["Functions"]])

    def test_a_listed_function_lacks_the_fields_that_only_get_returns(self):
        page = wire.signed("GET", "/2015-03-31/functions/?MaxItems=10000")
        self.assertEqual(page.status, 200)
        found = next(function for function in page.json["Functions"] if function["FunctionName"] == self.names[0])
        for field in ("State", "StateReason", "LastUpdateStatus", "RuntimeVersionConfig"):
            self.assertIsNone(found.get(field), field)
        self.assertLessEqual({"CodeSha256", "RevisionId", "Handler", "LastModified", "Version", "Role"}, set(found))

    def test_listing_all_versions_shows_latest_with_its_qualified_arn(self):
        pages = LAMBDA.get_paginator("list_functions").paginate(FunctionVersion="ALL")
        arns = [found["FunctionArn"] for page in pages for found in page["Functions"]]
        for name in self.names:
            self.assertEqual(arns.count(arn(name, "$LATEST")), 1)


if __name__ == "__main__":
    unittest.main()
