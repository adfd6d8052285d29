"""Reads a folder of events with TensorBoard's own reader and prints what it found as JSON.

    python read_events.py DIR
"""

import hashlib
import io
import json
import sys

import numpy as np
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

everything = {"scalars": 0, "images": 0, "tensors": 0}
events = EventAccumulator(sys.argv[1], size_guidance=everything).Reload()


def picture(event):
    pixels = np.asarray(Image.open(io.BytesIO(event.encoded_image_string)))
    assert pixels.dtype == np.uint8 and pixels.shape == (event.height, event.width)
    return {"step": event.step, "shape": pixels.shape, "sha256": hashlib.sha256(pixels.tobytes()).hexdigest()}


tags = events.Tags()
json.dump(
    {
        "scalars": {tag: [[event.step, event.value] for event in events.Scalars(tag)] for tag in tags["scalars"]},
        "images": {tag: [picture(event) for event in events.Images(tag)] for tag in tags["images"]},
    },
    sys.stdout,
)
