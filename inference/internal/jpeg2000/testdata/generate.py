#!/usr/bin/env python3
"""Make the fixtures of this folder with OpenJPEG's opj_compress and opj_decompress (2.5), which must be in PATH.

The images are synthetic: decode_test.go computes the same samples. What the irreversible wavelet gives back is kept
beside each lossy file as .raw: samples of eight bits, pixel by pixel.
"""

import os
import struct
import subprocess
import tempfile


def sample(x, y, c, bits):
    v = x * x * (c + 1) // 3 + y * y // 2 + 5 * x * (y & 3)
    return (v << bits >> 8) & ((1 << bits) - 1)


def make(name, w, h, comps, *args, bits=8, signed=False, sub=(1, 1)):
    if "-n" not in args:
        args += ("-n", "3" if w > 1 else "1")
    steps = [(1, 1)] + [sub] * (comps - 1)
    raw = b""
    for c, (dx, dy) in enumerate(steps):
        for y in range(-(-h // dy)):
            for x in range(-(-w // dx)):
                v = sample(x, y, c, bits) - (1 << bits - 1 if signed else 0)
                raw += struct.pack("<i", v)[: 1 if bits <= 8 else 2]
    with tempfile.TemporaryDirectory() as tmp:
        source, decoded = os.path.join(tmp, "in.rawl"), os.path.join(tmp, "out.rawl")
        with open(source, "wb") as f:
            f.write(raw)
        form = f"{w},{h},{comps},{bits},{'su'[not signed]}@" + ":".join(f"{dx}x{dy}" for dx, dy in steps)
        subprocess.run(["opj_compress", "-i", source, "-o", name, "-F", form, *args], check=True, stdout=subprocess.DEVNULL)
        if name.endswith("jp2"):  # without a component transform, opj_compress calls three components sYCC
            with open(name, "rb") as f:
                b = f.read()
            with open(name, "wb") as f:
                f.write(b.replace(b"colr\1\0\0\0\0\0\x12", b"colr\1\0\0\0\0\0\x10"))
        if "-I" in args:
            subprocess.run(["opj_decompress", "-i", name, "-o", decoded], check=True, stdout=subprocess.DEVNULL)
            with open(decoded, "rb") as f:
                planes = f.read()
            with open(name + ".raw", "wb") as f:
                f.write(bytes(planes[c * w * h + i] for i in range(w * h) for c in range(comps)))


os.chdir(os.path.dirname(os.path.abspath(__file__)))
make("grey.jp2", 33, 21, 1)
make("point.j2k", 1, 1, 1)
make("rgb.jp2", 24, 20, 3, "-n", "4")
make("rgb-plain.j2k", 17, 13, 3, "-mct", "0", "-p", "RLCP", "-SOP", "-EPH", "-c", "[8,8]", "-n", "2", "-b", "4,4")
make("rgba.jp2", 21, 15, 4, "-p", "CPRL")
make("grey-alpha.jp2", 19, 12, 2, "-p", "RPCL")
make("tiles.j2k", 31, 27, 1, "-d", "5,3", "-t", "13,11", "-T", "2,1", "-n", "3", "-p", "PCRL", "-c", "[16,8],[8,16]", "-b", "4,8", "-SOP", "-EPH")
make("tiles-rgb.j2k", 25, 18, 3, "-d", "3,2", "-t", "16,16", "-n", "3", "-p", "RPCL", "-TP", "R", "-PLT", "-TLM")
make("styles.j2k", 20, 20, 1, "-M", "63", "-b", "16,8", bits=16)
make("bypass.j2k", 20, 20, 1, "-M", "1", bits=16)
make("causal.j2k", 30, 22, 1, "-M", "42", "-b", "8,32")
make("layers.jp2", 26, 22, 3, "-r", "30,8,1", "-p", "LRCP", "-TP", "L", "-SOP", "-EPH")
make("layers-bypass.j2k", 24, 20, 1, "-r", "30,8,3,1", "-M", "5", bits=12)
make("poc.j2k", 24, 24, 3, "-n", "4", "-POC", "T1=0,0,1,2,3,RPCL/T1=2,0,1,4,3,CPRL")
make("roi.j2k", 22, 18, 1, "-ROI", "c=0,U=16")
make("subsampled.jp2", 24, 18, 4, "-mct", "0", "-p", "PCRL", "-n", "3", "-c", "[16,16],[8,8]", sub=(2, 3))
make("narrow.jp2", 27, 14, 1, bits=1)
make("signed.jp2", 20, 14, 3, signed=True, bits=4)
make("signed16.j2k", 18, 14, 1, signed=True, bits=16)
make("lossy.jp2", 24, 20, 3, "-I", "-r", "6")
make("lossy-tiles.j2k", 29, 23, 1, "-I", "-r", "20,4", "-t", "16,16", "-d", "1,1", "-n", "4", "-p", "PCRL")
