from rest_framework import pagination


class PageNumberPagination(pagination.PageNumberPagination):
    """`{"count", "next", "previous", "results"}`, 50 a page, at most 200 with `page_size`."""

    page_size_query_param = "page_size"
    max_page_size = 200
