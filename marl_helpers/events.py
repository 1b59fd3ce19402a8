"""The metrics of a training as TensorBoard draws them: one of its runs for each seed, a point for each test.

An event file (tensorflow/core/util/event.proto, in the framing of lib/io/record_writer.h) is written here and not by
TensorBoard, for two reasons: a training needs no other package for it, and goes on with a file where it stands. The
file is only ever added to, so a TensorBoard that looks on misses nothing; what a killed program left of a record goes.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from struct import pack

from torch import Tensor

FILE = "events.out.tfevents.0"  # TensorBoard looks for ".tfevents." in names


def write(folder: Path, curve: Sequence[Mapping[str, Tensor]]) -> None:
    """Bring folder/seed_<k>/ up to date with a training's curve, whatever was written there so far.

    A point of a test that is there already keeps its time; of tests that the curve has not, it is taken away. So call
    it with no tests at all where a training starts afresh.
    """
    if not curve:
        for stale in folder.glob(f"seed_*/{FILE}"):
            stale.unlink()
        return
    for seed in range(len(curve[0]["returns"])):
        path = folder / f"seed_{seed}" / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a+b") as file:
            file.seek(0)
            known, size = whole(file.read(), 1 + len(curve))
            file.truncate(size)
            if known == 0:
                file.write(record(_time() + _bytes(3, b"brain.Event:2")))
            file.write(b"".join(record(point(row, seed)) for row in curve[max(known - 1, 0) :]))


def whole(content: bytes, most: int) -> tuple[int, int]:
    """How many sound records a file's content begins with, `most` of them counted, and their size in bytes."""
    count = size = 0
    while count < most:
        length = int.from_bytes(content[size : size + 8], "little")
        after = size + 16 + length
        if after > len(content) or content[size:after] != record(content[size + 12 : after - 4]):
            break
        count, size = count + 1, after
    return count, size


# The bytes before a value are its field's number << 3 | its type (0 varint, 1 eight bytes, 2 length and bytes, 5 four).
def point(row: Mapping[str, Tensor], seed: int) -> bytes:
    """An Event with every metric of one seed in one test; its step is the number of updates."""
    values = (
        _bytes(1, _bytes(1, name.encode()) + b"\x15" + pack("<f", x[seed].item()))
        for name, x in row.items()
        if name != "updates"
    )
    return _time() + b"\x10" + varint(row["updates"].item()) + _bytes(5, b"".join(values))


def record(data: bytes) -> bytes:
    """Data between its length and its checksum."""
    length = pack("<Q", len(data))
    return length + checksum(length) + data + checksum(data)


def checksum(data: bytes) -> bytes:
    """The CRC-32C, rotated and shifted as these files have it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[crc & 255 ^ byte]
    crc ^= 0xFFFFFFFF
    return pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def varint(number: int) -> bytes:
    """A natural number, seven bits a byte, the lowest first."""
    return (bytes([number & 127 | 128]) + varint(number >> 7)) if number > 127 else bytes([number])


def _bytes(field: int, content: bytes) -> bytes:
    return bytes([field << 3 | 2]) + varint(len(content)) + content


def _time() -> bytes:
    return b"\x09" + pack("<d", time.time())


def _entry(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc


TABLE = [_entry(byte) for byte in range(256)]
