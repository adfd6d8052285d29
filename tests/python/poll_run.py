"""Reads a run again and again while another process writes it, until it sees the last commit: each time one commit, whole.

    python -W error poll_run.py RUN.zarr LAST_STEP

The run is that of tests/store/startWriter.ts, whose values tell their step. Prints how often it looked, as JSON.
"""

import json
import sys

import numpy as np
import xarray as xr
import zarr

run, last = sys.argv[1], int(sys.argv[2])
looks = overtaken = apart = ahead = 0
seen = set()
while last not in seen:
    looks += 1
    root = zarr.open_consolidated(run, mode="r", zarr_format=2)
    step = max(int(name) for name in root["checkpoints"].group_keys())
    # zarr-python takes the root's own attributes from `.zattrs`, not from the consolidated metadata: they may be of the
    # commit before or, as the files are read one after the other, of a later one; they are of one commit.
    attributes = dict(root.attrs)
    attributed = attributes["latest"]["step"]
    assert attributes["rows"] == {"metrics": attributed, "samples": -(-attributed // 5)}, attributes["rows"]
    assert attributes["config"] == {"step": attributed} and attributes["events"][-1]["step"] == attributed, attributed
    apart += attributed != step
    ahead += attributed > step
    if attributed < step:
        assert f"{attributed:08d}" in root["checkpoints"], f"run.attrs names {attributed}, which is not there"

    metrics = root["metrics"]
    assert np.array_equal(metrics["step"][:], np.arange(step)), step
    assert np.array_equal(metrics["d_loss"][:], np.arange(step) + np.float32(0.25)), step
    tensors = [a[:] for _, a in root[f"checkpoints/{step:08d}"].members(max_depth=None) if isinstance(a, zarr.Array)]
    whole = len(tensors) == 4 and all((np.floor(values) == step).all() for values in tensors)

    assert root["samples/step"].shape == (-(-step // 5),), step

    samples = xr.open_zarr(run, group="samples", zarr_format=2, consolidated=True).load()
    assert (samples.step.values % 5 == 0).all() and (samples.fixed[:, 0, 0, 0] == samples.step * 3 % 256).all()

    # A checkpoint that a commit three later deleted reads as NaN: only then.
    if whole:
        seen.add(step)
    else:
        now = zarr.open_consolidated(run, mode="r", zarr_format=2)
        assert f"{step:08d}" not in now["checkpoints"], f"checkpoint {step} is not of its step"
        overtaken += 1

json.dump({"looks": looks, "commits": len(seen), "overtaken": overtaken, "apart": apart, "ahead": ahead}, sys.stdout)
