"""The addresses of Marquez's API that are read.

The one idea: a route says what may be asked and how much; what it shows is made by catalogue.py and graph.py. What walks, searches
or lists is handed over to the process that answers long questions, where there is one.
"""

from __future__ import annotations

from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.access.asking import principal_of
from api.access.watched_graph import watched
from api.context import AppContext, ReadContext
from api.rest import catalogue, graph
from api.rest.handover import handed_over
from api.rest.sent_path import SentPathRoute
from api.rest.shapes import Json
from api.sight import Sight
from lineage.query.questions import Questions

LIMIT_MAX: Final = 1_000
DEPTH_DEFAULT: Final = 20  # Marquez's own
DEPTH_MAX: Final = 100
NAME_MAX: Final = 4_096

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="How many at most.")]
Offset = Annotated[int, Query(ge=0, description="How many to leave out first.")]
Depth = Annotated[int, Query(ge=0, le=DEPTH_MAX, description="How many hops.")]
NodeId = Annotated[str, Query(alias="nodeId", description="dataset:NAMESPACE:NAME or job:NAMESPACE:NAME.")]
Name = Annotated[str, Path(max_length=NAME_MAX)]


def router(context: ReadContext) -> APIRouter:
    """Marquez's reading routes."""
    both = APIRouter(prefix="/api/v1", tags=["marquez"])
    routes = APIRouter(route_class=SentPathRoute)
    long = APIRouter(route_class=handed_over(context) if isinstance(context, AppContext) else SentPathRoute)

    def questions(request: Request) -> Questions:
        return watched(Sight(context, principal_of(request.scope)).questions, request.scope)

    @routes.get("/namespaces", summary="All namespaces")
    def namespaces(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
        return _json(catalogue.namespaces(questions(request), limit, offset))

    @routes.get("/namespaces/{namespace}", summary="One namespace")
    def namespace(request: Request, namespace: Name) -> Response:
        return _json(catalogue.one_namespace(questions(request), namespace))

    @long.get("/namespaces/{namespace}/datasets", summary="The datasets of a namespace")
    def datasets(request: Request, namespace: Name, limit: Limit = 100, offset: Offset = 0) -> Response:
        return _json(catalogue.datasets(questions(request), namespace, limit, offset))

    @routes.get("/namespaces/{namespace}/datasets/{name}", summary="One dataset")
    def dataset(request: Request, namespace: Name, name: Name) -> Response:
        return _json(catalogue.one_dataset(questions(request), namespace, name))

    @long.get("/namespaces/{namespace}/datasets/{name}/versions", summary="The versions of a dataset")
    def versions(request: Request, namespace: Name, name: Name, limit: Limit = 100, offset: Offset = 0) -> Response:
        return _json(catalogue.versions(questions(request), namespace, name, limit, offset))

    @routes.get("/namespaces/{namespace}/datasets/{name}/versions/{version}", summary="One version of a dataset")
    def version(request: Request, namespace: Name, name: Name, version: Name) -> Response:
        return _json(catalogue.one_version(questions(request), namespace, name, version))

    @long.get("/namespaces/{namespace}/jobs", summary="The jobs of a namespace")
    def jobs(request: Request, namespace: Name, limit: Limit = 100, offset: Offset = 0) -> Response:
        return _json(catalogue.jobs(questions(request), namespace, limit, offset))

    @routes.get("/namespaces/{namespace}/jobs/{name}", summary="One job")
    def job(request: Request, namespace: Name, name: Name) -> Response:
        return _json(catalogue.one_job(questions(request), namespace, name))

    @long.get("/namespaces/{namespace}/jobs/{name}/runs", summary="The latest runs of a job")
    def runs(request: Request, namespace: Name, name: Name, limit: Limit = 100, offset: Offset = 0) -> Response:
        return _json(catalogue.runs(questions(request), namespace, name, limit, offset))

    @long.get("/lineage", summary="What is upstream and downstream of a dataset or job")
    def lineage(request: Request, node_id: NodeId, depth: Depth = DEPTH_DEFAULT) -> Response:
        return _json(graph.lineage(questions(request), node_id, depth))

    @long.get("/column-lineage", summary="Which fields a field comes from")
    def column_lineage(
        request: Request,
        node_id: NodeId,
        depth: Depth = DEPTH_DEFAULT,
        with_downstream: Annotated[
            bool, Query(alias="withDownstream", description="Also which fields come from it.")
        ] = False,
    ) -> Response:
        return _json(graph.column_lineage(questions(request), node_id, depth, with_downstream=with_downstream))

    @long.get("/search", summary="Datasets and jobs by a part of their name")
    def search(
        request: Request,
        q: Annotated[str, Query(description="A part of a name; several words must all occur.")],
        filter: Annotated[str | None, Query(pattern="(?i)^(dataset|job)$", description="DATASET or JOB.")] = None,
        sort: Annotated[str | None, Query(description="Marquez's; the best hit comes first here.")] = None,
        limit: Limit = 10,
    ) -> Response:
        return _json(catalogue.search(questions(request), q, filter, limit))

    both.include_router(routes)
    both.include_router(long)
    return both


def _json(answer: Json) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json")
