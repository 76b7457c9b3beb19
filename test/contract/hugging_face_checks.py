"""The Hub's client lists, reads, and downloads our models. Prints one line a check: {"check", "fault"}."""

import hashlib
import json
import os
import traceback

import httpx2
from huggingface_hub import (
    constants,
    get_hf_file_metadata,
    get_token,
    hf_hub_download,
    hf_hub_url,
    list_models,
    snapshot_download,
    whoami,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import get_session

from hugging_face_harness import (
    ADMITTED,
    GATED,
    KEY,
    OPEN,
    PRIVATE,
    SHA256,
    SOLD,
    STRANGER,
    api,
    check,
    checks,
    fresh,
    raises,
)

AUTHOR = OPEN.split("/")[0]


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def requests_of(call):
    """Every request that the client makes meanwhile, as `METHOD path`."""
    seen = []
    session = get_session()
    hooks = session.event_hooks
    note = lambda request: seen.append(f"{request.method} {request.url.path}")
    session.event_hooks = {**hooks, "request": [*hooks.get("request", []), note]}
    try:
        call()
    finally:
        session.event_hooks = hooks
    return seen


@check
def lists_models_of_an_author():
    names = [model.id for model in list_models(author=AUTHOR)]
    assert names == sorted([GATED, OPEN, SOLD]), names


@check
def lists_private_models_to_their_owner():
    assert PRIVATE in [model.id for model in api.list_models(author=AUTHOR, token=KEY)]
    assert PRIVATE not in [model.id for model in api.list_models(author=AUTHOR, token=STRANGER)]


@check
def follows_pages():
    seen = requests_of(lambda: list(api.list_models(author=AUTHOR, limit=1)))
    assert len(seen) == 1, seen
    response = get_session().get(f"{api.endpoint}/api/models", params={"author": AUTHOR, "limit": 1})
    following = response.links["next"]["url"]
    second = get_session().get(following)
    assert second.status_code == 200 and second.json()[0]["id"] == OPEN, second.text


@check
def narrows_the_list():
    assert [m.id for m in api.list_models(author=AUTHOR, search="open")] == [OPEN]
    not_gated = api.list_models(author=AUTHOR, filter=["onnx", "license:apache-2.0"], gated=False)
    assert sorted(m.id for m in not_gated) == sorted([OPEN, SOLD])
    assert [m.id for m in api.list_models(author=AUTHOR, pipeline_tag="no-such-task")] == []


@check
def sorts_the_list():
    for sort in ["downloads", "likes", "trending_score"]:
        assert [m.id for m in api.list_models(author=AUTHOR, sort=sort)] == sorted([GATED, OPEN, SOLD]), sort
    newest = [m.created_at for m in api.list_models(author=AUTHOR, sort="created_at")]
    assert newest == sorted(newest, reverse=True) and len(newest) == 3, newest
    changed = [m.last_modified for m in api.list_models(author=AUTHOR, sort="last_modified")]
    assert changed == sorted(changed, reverse=True) and len(changed) == 3, changed
    one_by_one = [m.id for m in api.list_models(author=AUTHOR, sort="last_modified", limit=3)]
    assert one_by_one == [m.id for m in api.list_models(author=AUTHOR, sort="last_modified")]
    assert all(m.likes == 0 for m in api.list_models(author=AUTHOR))


@check
def lists_cards():
    model = next(iter(api.list_models(author=AUTHOR, search="open", cardData=True)))
    assert model.card_data.license == "apache-2.0", model


@check
def lists_models_with_all_there_is():
    model = next(iter(api.list_models(author=AUTHOR, search="open", full=True)))
    assert model.sha and [one.rfilename for one in model.siblings] == ["README.md", "model.onnx"], model


@check
def reads_info():
    info = api.model_info(OPEN, files_metadata=True)
    assert info.id == OPEN and info.author == AUTHOR and info.private is False and info.gated is False
    assert info.pipeline_tag == "tabular-classification" and info.library_name == "onnx"
    assert info.last_modified.tzinfo is not None and len(info.sha) == 40
    assert info.card_data.license == "apache-2.0", info.card_data
    file = next(one for one in info.siblings if one.rfilename == "model.onnx")
    assert file.lfs.sha256 == SHA256["1.1.0"] and file.size == file.lfs.size > 0, file


@check
def lists_files_and_folders():
    assert api.list_repo_files(OPEN) == ["README.md", "model.onnx"]
    tree = {one.path: one for one in api.list_repo_tree(OPEN, revision="1.0.0", expand=True)}
    assert tree["model.onnx"].lfs.sha256 == SHA256["1.0.0"]
    assert tree["model.onnx"].last_commit.title == "Version 1.0.0"
    info = api.get_paths_info(OPEN, ["model.onnx", "nothing.bin"], expand=True)
    assert [one.path for one in info] == ["model.onnx"], info


@check
def lists_refs():
    refs = api.list_repo_refs(OPEN, include_pull_requests=True)
    assert [one.name for one in refs.tags] == ["1.1.0", "1.0.0"], refs
    assert {one.name for one in refs.branches} >= {"main", "latest"}, refs
    assert refs.branches[0].target_commit == api.model_info(OPEN).sha
    assert refs.pull_requests == []
    assert [one.title for one in api.list_repo_commits(OPEN)] == ["Version 1.1.0", "Version 1.0.0"]


@check
def knows_what_exists():
    assert api.repo_exists(OPEN) and not api.repo_exists(f"{AUTHOR}/nothing")
    assert api.revision_exists(OPEN, "1.0.0") and not api.revision_exists(OPEN, "9.9.9")
    assert api.file_exists(OPEN, "model.onnx") and not api.file_exists(OPEN, "nothing.bin")


@check
def reads_metadata_of_a_file():
    metadata = get_hf_file_metadata(hf_hub_url(OPEN, "model.onnx", revision="1.0.0"))
    assert metadata.etag == SHA256["1.0.0"] and len(metadata.commit_hash) == 40
    assert metadata.size > 0 and metadata.xet_file_data is None, metadata


@check
def downloads_a_file_once():
    cache = fresh()
    first = hf_hub_download(OPEN, "model.onnx", revision="1.0.0", cache_dir=cache)
    assert sha256_of(first) == SHA256["1.0.0"]
    seen = requests_of(lambda: hf_hub_download(OPEN, "model.onnx", revision="1.0.0", cache_dir=cache))
    assert [line.split()[0] for line in seen] == ["HEAD"], seen
    pinned = os.path.basename(os.path.dirname(first))
    seen = requests_of(lambda: hf_hub_download(OPEN, "model.onnx", revision=pinned, cache_dir=cache))
    assert seen == [], seen


@check
def keeps_versions_apart():
    cache = fresh()
    for revision in ["1.0.0", "1.1.0", "main", "latest"]:
        path = hf_hub_download(OPEN, "model.onnx", revision=revision, cache_dir=cache)
        assert sha256_of(path) == SHA256["1.0.0" if revision == "1.0.0" else "1.1.0"], revision


@check
def downloads_into_a_folder():
    folder = fresh()
    path = hf_hub_download(OPEN, "model.onnx", local_dir=folder)
    assert path == os.path.join(folder, "model.onnx") and sha256_of(path) == SHA256["1.1.0"]
    seen = requests_of(lambda: hf_hub_download(OPEN, "model.onnx", local_dir=folder))
    assert all(line.startswith("HEAD") for line in seen), seen


@check
def downloads_a_snapshot():
    cache = fresh()
    folder = snapshot_download(OPEN, cache_dir=cache)
    assert sorted(os.listdir(folder)) == ["README.md", "model.onnx"]
    assert sha256_of(os.path.join(folder, "model.onnx")) == SHA256["1.1.0"]
    with open(os.path.join(folder, "README.md"), encoding="utf-8") as card:
        assert card.read().startswith("---\n")
    seen = requests_of(lambda: snapshot_download(OPEN, cache_dir=cache))
    assert not [line for line in seen if line.startswith("GET") and "/resolve/" in line], seen
    assert snapshot_download(OPEN, cache_dir=cache, local_files_only=True) == folder


@check
def goes_on_where_a_download_broke_off():
    whole = hf_hub_download(OPEN, "model.onnx", cache_dir=fresh())
    with open(whole, "rb") as file:
        expected = file.read()
    ranges = []
    note = lambda response: ranges.append((response.status_code, response.headers.get("content-range")))
    session = get_session()
    hooks = session.event_hooks
    session.event_hooks = {**hooks, "response": [note]}
    path = os.path.join(fresh(), "part")
    try:
        with open(path, "wb") as file:
            file.write(expected[:1000])
            http_get(hf_hub_url(OPEN, "model.onnx"), file, resume_size=1000, expected_size=len(expected))
    finally:
        session.event_hooks = hooks
    with open(path, "rb") as file:
        assert file.read() == expected
    assert ranges[-1] == (206, f"bytes 1000-{len(expected) - 1}/{len(expected)}"), ranges


@check
def recovers_from_a_connection_that_breaks():
    """As `http_get` meets it: the stream ends early, and the client asks again for the rest, by itself."""
    seen = []
    broken = [False]
    session = get_session()
    hooks = session.event_hooks

    class Breaking(httpx2.SyncByteStream):
        def __init__(self, stream):
            self.stream = stream

        def __iter__(self):
            for chunk in self.stream:
                yield chunk[:700]
                raise httpx2.RemoteProtocolError("the peer closed the connection")

        def close(self):
            self.stream.close()

    def tear(response):
        seen.append((response.status_code, response.request.headers.get("range")))
        if response.status_code in (200, 206) and not broken[0]:
            broken[0] = True
            response.stream = Breaking(response.stream)

    session.event_hooks = {**hooks, "response": [tear]}
    path = os.path.join(fresh(), "whole")
    # It writes whole chunks, of 10 MB unless told: what came of one that broke off is lost.
    chunk_bytes, constants.DOWNLOAD_CHUNK_SIZE = constants.DOWNLOAD_CHUNK_SIZE, 512
    try:
        with open(path, "wb") as file:
            http_get(hf_hub_url(OPEN, "model.onnx"), file)
    finally:
        session.event_hooks = hooks
        constants.DOWNLOAD_CHUNK_SIZE = chunk_bytes
    assert broken[0] and sha256_of(path) == SHA256["1.1.0"]
    assert seen[-1] == (206, "bytes=512-"), seen


@check
def raises_repository_not_found():
    raises(RepositoryNotFoundError, lambda: api.model_info(f"{AUTHOR}/nothing"), "Repository Not Found")
    raises(RepositoryNotFoundError, lambda: hf_hub_download(f"{AUTHOR}/nothing", "model.onnx", cache_dir=fresh()))
    raises(RepositoryNotFoundError, lambda: api.dataset_info(OPEN))
    raises(RepositoryNotFoundError, lambda: snapshot_download(f"{AUTHOR}/nothing", cache_dir=fresh()))


@check
def raises_revision_not_found():
    raises(RevisionNotFoundError, lambda: api.model_info(OPEN, revision="9.9.9"), "no version '9.9.9'")
    raises(RevisionNotFoundError, lambda: api.model_info(OPEN, revision="0" * 40))
    raises(RevisionNotFoundError, lambda: hf_hub_download(OPEN, "model.onnx", revision="nope", cache_dir=fresh()))


@check
def raises_entry_not_found_and_remembers_it():
    cache = fresh()
    raises(EntryNotFoundError, lambda: hf_hub_download(OPEN, "config.json", cache_dir=cache), "no file 'config.json'")
    absent = [name for _, _, names in os.walk(cache) for name in names if name == "config.json"]
    assert absent == ["config.json"], absent


@check
def raises_gated_repo_where_files_are_not_given_away():
    raises(GatedRepoError, lambda: hf_hub_download(SOLD, "model.onnx", cache_dir=fresh()), "does not give its files")
    raises(GatedRepoError, lambda: api.auth_check(SOLD))
    raises(GatedRepoError, lambda: api.file_exists(SOLD, "model.onnx"))
    # There is no access to ask for: nobody but its publisher is given the files.
    assert api.model_info(SOLD).gated is False
    assert api.auth_check(OPEN) is None


@check
def opens_gated_repos_to_who_was_let_in():
    cache = fresh()
    raises(GatedRepoError, lambda: hf_hub_download(GATED, "model.onnx", cache_dir=cache), "sign in")
    raises(GatedRepoError, lambda: hf_hub_download(GATED, "model.onnx", token=STRANGER, cache_dir=cache), "is gated")
    raises(GatedRepoError, lambda: api.auth_check(GATED, token=STRANGER))
    assert api.repo_exists(GATED) and api.model_info(GATED).gated == "manual"
    assert api.auth_check(GATED, token=ADMITTED) is None
    path = hf_hub_download(GATED, "model.onnx", token=ADMITTED, cache_dir=cache)
    assert sha256_of(path) == SHA256["gated"]


@check
def shows_private_models_to_their_owner_alone():
    cache = fresh()
    raises(RepositoryNotFoundError, lambda: api.model_info(PRIVATE))
    raises(RepositoryNotFoundError, lambda: hf_hub_download(PRIVATE, "model.onnx", token=STRANGER, cache_dir=cache))
    assert api.model_info(PRIVATE, token=KEY).private is True
    path = hf_hub_download(PRIVATE, "model.onnx", token=KEY, cache_dir=cache)
    assert sha256_of(path) == SHA256["private"]


@check
def tells_whose_token_it_is():
    assert whoami(token=KEY)["name"] == AUTHOR
    refusal = raises(HfHubHTTPError, lambda: whoami(token="nonsense"), "Invalid user token")
    assert not isinstance(refusal, RepositoryNotFoundError)
    bad = raises(HfHubHTTPError, lambda: api.model_info(OPEN, token="nonsense"))
    assert bad.response.status_code == 401 and not isinstance(bad, RepositoryNotFoundError), type(bad)


@check
def works_from_the_cache_when_told_to():
    cache = fresh()
    raises(LocalEntryNotFoundError, lambda: hf_hub_download(OPEN, "model.onnx", cache_dir=cache, local_files_only=True))
    path = hf_hub_download(OPEN, "model.onnx", cache_dir=cache)
    assert hf_hub_download(OPEN, "model.onnx", cache_dir=cache, local_files_only=True) == path


def main():
    assert get_token() is None, "the checks say themselves who asks"
    for run in checks:
        fault = None
        try:
            run()
        except Exception:
            fault = traceback.format_exc(limit=-6)
        print(json.dumps({"check": run.__name__, "fault": fault}), flush=True)


main()
