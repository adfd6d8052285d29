"""Decodes films with Pillow.

    python -W error read_film.py FILE...

Prints JSON: of each file what it plays, and the pixels of each frame as base64, for the test that made it to compare.
"""

import base64
import json
import sys

from PIL import Image

films = []
for path in sys.argv[1:]:
    with Image.open(path) as film:
        frames = []
        for place in range(getattr(film, "n_frames", 1)):
            film.seek(place)
            pixels = base64.b64encode(film.convert("L").tobytes()).decode()
            frames.append({"ms": film.info.get("duration"), "pixels": pixels})
        films.append({"format": film.format, "size": film.size, "loop": film.info.get("loop"), "frames": frames})
print(json.dumps(films))
