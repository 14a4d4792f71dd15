#!/usr/bin/env bash
# make.sh: fetches ONNX Runtime 1.30.0 (the CPU library in its npm package; no install script runs) and writes
# inference/testdata/ort.zip anew. Linux on amd64 or arm64; needs npm. ORT_LIB names a library that is there already.
set -euo pipefail
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
lib=${ORT_LIB:-}
if [ -z "$lib" ]; then
  arch=x64; [ "$(uname -m)" = aarch64 ] && arch=arm64
  (cd "$tmp" && npm pack --silent onnxruntime-node@1.30.0 >/dev/null && tar xzf onnxruntime-node-1.30.0.tgz "package/bin/napi-v6/linux/$arch")
  lib=$tmp/package/bin/napi-v6/linux/$arch/libonnxruntime.so.1
fi
mkdir -p ../../testdata
go run . -lib "$lib" -o ../../testdata/ort.zip
