"""Opens a run with zarr-python and xarray and checks that it is what docs/store-format.md says.

    python -W error read_run.py RUN.zarr

Prints what it read as JSON, for the test that made the run to compare.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
import xarray as xr
import zarr

run = pathlib.Path(sys.argv[1])

root = zarr.open_consolidated(str(run), mode="r", zarr_format=2)
attributes = dict(root.attrs)
assert attributes["format"] == 1
step = attributes["latest"]["step"]
assert sorted(root.group_keys()) == ["checkpoints", "generators", "metrics", "samples"]

# Without the consolidated metadata it is the same tree, and zarr-python meets no file that it does not know.
plain = zarr.open_group(str(run), mode="r", zarr_format=2, use_consolidated=False)
assert {path for path, _ in plain.members(max_depth=None)} == {path for path, _ in root.members(max_depth=None)}

# A checkpoint: names, shapes, dtype, and the manifest.
name = f"checkpoints/{step:08d}"
checkpoint = root[name]
assert checkpoint.attrs["step"] == step
tensors = {}
for path, member in checkpoint.members(max_depth=None):
    if isinstance(member, zarr.Array):
        assert member.dtype == np.dtype("<f4") and member.chunks == member.shape, path
        assert np.isnan(member.fill_value)
        values = member[:]
        assert np.isfinite(values).all(), path
        tensors[path] = {"shape": values.shape, "sha256": hashlib.sha256(values.tobytes()).hexdigest()}
zattrs = (run / name / ".zattrs").read_bytes()
assert hashlib.sha256(zattrs).hexdigest() == attributes["latest"]["manifest"]
manifest = json.loads(zattrs)["manifest"]
files = {str(f.relative_to(run / name)) for f in (run / name).rglob("*") if f.is_file()}
assert files == {*manifest, ".zattrs"}
for file, entry in manifest.items():
    content = (run / name / file).read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"]), file

# The generator of an epoch's end: the checkpoint's, rounded.
for epoch, kept in root["generators"].groups():
    for path, member in kept.members(max_depth=None):
        if isinstance(member, zarr.Array):
            assert member.dtype == np.dtype("<f2") and np.isnan(member.fill_value), path
            if epoch == f"{step:08d}":
                assert (member[:] == checkpoint[f"generator/{path}"][:].astype("<f2")).all(), path

# The same with xarray: dimensions, no masked zeros, metrics by step.
kernel = xr.open_zarr(run, group=f"{name}/generator/conv_1", zarr_format=2, consolidated=True).load()
assert kernel.kernel.dims == ("height", "width", "in", "out") and kernel.bias.dims == ("out",)
metrics = xr.open_zarr(run, group="metrics", zarr_format=2, consolidated=True).load()
assert list(metrics.coords) == ["step"] and metrics.step.dtype == np.int32
assert metrics.d_loss.dtype == np.float32 and metrics.d_loss.attrs["units"] == "nats"
samples = xr.open_zarr(run, group="samples", zarr_format=2, consolidated=True).load()
assert samples.grid.dims == ("step", "grid_y", "grid_x") and samples.grid.dtype == np.uint8
assert samples.histogram.dims == ("step", "tensor", "bin") and samples.histogram.dtype == np.int32
assert samples.histogram_range.dims == ("step", "tensor", "bound") and not np.isnan(samples.histogram_range).any()
assert samples.histogram.attrs["tensors"][0] == "generator/dense_1/kernel"
assert samples.fixed.dims == ("step", "image", "y", "x") and samples.fixed.shape[1:] == (64, 28, 28)
tree = xr.open_datatree(run, engine="zarr", zarr_format=2, consolidated=True)
assert "/metrics" in tree.groups and f"/{name}/velocity/generator/conv_1" in tree.groups

assert metrics.fingerprint.dtype == np.uint64 and metrics.saturation.dtype == np.uint8

json.dump(
    {
        "fingerprints": [str(metrics.fingerprint.values[i]) for i in (0, -1)],
        "attributes": attributes,
        "tensors": tensors,
        "metrics": {key: metrics[key].values.tolist() for key in ["step", *metrics.data_vars]},
        "samples": {
            key: {"shape": samples[key].shape, "sha256": hashlib.sha256(samples[key].values.tobytes()).hexdigest()}
            for key in ["step", "grid", "fixed"]
        },
    },
    sys.stdout,
)
