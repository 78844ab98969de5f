"""Fetches, or reads offline, some files of a repository with huggingface_hub, and prints what lies in its cache.

Run by "go test ./loaders/hub -run Python -python PYTHON", which starts the server that HF_ENDPOINT names; huggingface_hub 2.4.0 wrote
huggingface_hub_cache.json.
"""
import hashlib
import json
import os
import pathlib
import sys

import huggingface_hub

repo, names = sys.argv[1], sys.argv[2:]
read = {}
for name in names:
    path = huggingface_hub.hf_hub_download(repo, name)
    read[name] = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
huggingface_hub.snapshot_download(repo, allow_patterns=names)

root = pathlib.Path(huggingface_hub.constants.HF_HUB_CACHE) / ("models--" + repo.replace("/", "--"))
entries = {}
for path in sorted(root.rglob("*")):
    if path.is_dir():
        continue
    name = path.relative_to(root).as_posix()
    if path.is_symlink():
        entries[name] = {"link": os.readlink(path)}
    elif name.startswith("blobs/"):
        entries[name] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    else:
        entries[name] = {"text": path.read_text()}
json.dump({"huggingface_hub": huggingface_hub.__version__, "read": read, "entries": entries}, sys.stdout, indent=1)
print()
