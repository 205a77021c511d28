"""Image data sets in their published formats: tiny files written byte by byte, read back, and damaged in every way."""

import gzip
import os
import pickle
import struct
import tracemalloc
import zlib

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scipy.io import loadmat, savemat  # noqa: E402

from polybn.errors import FileFormatError, InputError  # noqa: E402
from polybn.statistical.datasets import cifar_pickles, image_folder, mat_files  # noqa: E402
from polybn.statistical.datasets.image_files import read_images  # noqa: E402

# Writers of the published formats


def drawn(count, classes, size=3072, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, size), dtype=np.uint8), rng.integers(0, classes, count)


def write_idx(path, array, kind=8):
    head = bytes([0, 0, kind, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    content = head + array.astype(np.uint8).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_mnist(folder, count=5, prefix="train", end="", mark="-"):
    pixels, labels = drawn(count, 10, 28 * 28)
    write_idx(folder / f"{prefix}-images{mark}idx3-ubyte{end}", pixels.reshape(count, 28, 28))
    write_idx(folder / f"{prefix}-labels{mark}idx1-ubyte{end}", labels)
    return pixels.reshape(count, 1, 28, 28), labels


def write_records(path, pixels, *labels):
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = [np.asarray(column, np.uint8)[:, None] for column in labels]
    path.write_bytes(np.concatenate([*columns, pixels], axis=1).tobytes())


def write_cifar10(folder, each=2):
    parts = [drawn(each, 10, seed=n) for n in range(5)]
    for n, (pixels, labels) in enumerate(parts, start=1):
        write_records(folder / f"data_batch_{n}.bin", pixels, labels)
    return np.concatenate([pixels for pixels, _ in parts]), np.concatenate([labels for _, labels in parts])


def text(value):
    return b"U" + bytes([len(value)]) + value


def whole(number):
    return b"K" + bytes([number]) if 0 <= number < 256 else b"J" + struct.pack("<i", number)


def numbers(values):
    return b"]q\x05(" + b"".join(whole(int(value)) for value in values) + b"e"


def array(pixels, fortran=False):
    """As Python 2 and its numpy wrote an array of bytes."""
    rows, columns = pixels.shape
    raw = pixels.tobytes(order="F" if fortran else "C")
    return (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\x09"
        + (b"(K\x01" + whole(rows) + b"M" + struct.pack("<H", columns) + b"\x86")
        + b"cnumpy\ndtype\nq\x0aU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        + (b"\x88" if fortran else b"\x89")
        + (b"T" + struct.pack("<i", len(raw)) + raw + b"tb")
    )


def python2_pickle(**fields):
    """A dict, protocol 2, as in the Python version of CIFAR."""
    items = b"".join(text(key.encode()) + value for key, value in fields.items())
    return b"\x80\x02}q\x01(" + items + b"u."


def write_cifar10_pickles(folder, fortran=False):
    parts = [drawn(2, 10, seed=n) for n in range(5)]
    folder.mkdir(parents=True, exist_ok=True)
    for n, (pixels, labels) in enumerate(parts, start=1):
        content = python2_pickle(batch_label=text(b"x"), labels=numbers(labels), data=array(pixels, fortran))
        (folder / f"data_batch_{n}").write_bytes(content)
    return np.concatenate([pixels for pixels, _ in parts]), np.concatenate([labels for _, labels in parts])


def write_svhn(folder, count=6, split="train", compress=True, **changed):
    pixels, labels = drawn(count, 10)
    images = pixels.reshape(count, 32, 32, 3).transpose(1, 2, 3, 0)
    fields = {"X": images, "y": (labels + 1).astype(np.uint8)[:, None]} | changed
    savemat(folder / f"{split}_32x32.mat", fields, do_compression=compress)
    return images.transpose(3, 2, 0, 1), (labels + 1) % 10


def check(data, pixels, labels):
    assert torch.equal(data.x, torch.from_numpy(np.ascontiguousarray(pixels)).to(data.x.dtype) / 255)
    assert data.y.tolist() == list(labels)
    assert data.y.dtype == torch.int64


# Reading


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("mark", ["-", "."])
@pytest.mark.parametrize("place", ["", "raw", "MNIST/raw"])
def test_mnist(tmp_path, end, mark, place):
    pixels, labels = write_mnist(tmp_path / place, end=end, mark=mark)
    data = read_images("mnist", tmp_path, dtype=torch.float64)
    check(data, pixels, labels)
    assert "5 of 60000 published images" in data.note
    check(read_images("mnist", tmp_path, count=2), pixels[:2], labels[:2])


def test_the_test_split_of_mnist_has_its_own_names(tmp_path):
    pixels, labels = write_mnist(tmp_path, 3, "t10k")
    check(read_images("mnist", tmp_path, split="test"), pixels, labels)
    with pytest.raises(FileFormatError, match="train-images-idx3-ubyte"):
        read_images("mnist", tmp_path)


def test_a_gzipped_file_is_known_by_its_content(tmp_path):
    pixels, labels = write_mnist(tmp_path, end=".gz")
    for file in tmp_path.iterdir():
        file.rename(file.with_suffix(""))
    check(read_images("mnist", tmp_path), pixels, labels)


@pytest.mark.parametrize("place", ["", "cifar-10-batches-bin"])
def test_cifar10_binary(tmp_path, place):
    pixels, labels = write_cifar10(tmp_path / place)
    data = read_images("cifar-10", tmp_path)
    check(data, pixels.reshape(-1, 3, 32, 32), labels)
    check(read_images("cifar-10", tmp_path, count=3), pixels[:3].reshape(-1, 3, 32, 32), labels[:3])
    # The second record of the file: a label, 1024 red bytes, row by row, then the green ones.
    second = (tmp_path / place / "data_batch_1.bin").read_bytes()[3073:]
    assert int(data.y[1]) == second[0]
    assert float(data.x[1, 1, 2, 5]) * 255 == pytest.approx(second[1 + 1024 + 2 * 32 + 5])


def test_only_the_files_that_hold_the_first_samples_are_read(tmp_path):
    pixels, labels = write_cifar10(tmp_path)
    (tmp_path / "data_batch_3.bin").write_bytes(b"cut")
    check(read_images("cifar-10", tmp_path, count=4), pixels[:4].reshape(-1, 3, 32, 32), labels[:4])
    with pytest.raises(FileFormatError, match="data_batch_3"):
        read_images("cifar-10", tmp_path, count=5)


def test_cifar100_binary_keeps_the_fine_labels(tmp_path):
    pixels, fine = drawn(4, 100)
    write_records(tmp_path / "cifar-100-binary" / "test.bin", pixels, [0, 19, 3, 4], fine)
    check(read_images("cifar-100", tmp_path, split="test"), pixels.reshape(-1, 3, 32, 32), fine)


@pytest.mark.parametrize("fortran", [False, True])
def test_cifar10_in_the_python_version(tmp_path, fortran):
    folder = tmp_path / "cifar-10-batches-py"
    pixels, labels = write_cifar10_pickles(folder, fortran)
    check(read_images("cifar-10", tmp_path), pixels.reshape(-1, 3, 32, 32), labels)
    check(read_images("cifar-10", tmp_path, count=3), pixels[:3].reshape(-1, 3, 32, 32), labels[:3])
    # The files of this test are what Python's own pickle and numpy take them to be.
    unpickled = pickle.loads((folder / "data_batch_1").read_bytes(), encoding="bytes")
    assert np.array_equal(unpickled[b"data"], pixels[:2])
    assert unpickled[b"labels"] == labels[:2].tolist()


def test_cifar100_in_the_python_version(tmp_path):
    pixels, fine = drawn(3, 100)
    content = python2_pickle(fine_labels=numbers(fine), coarse_labels=numbers([1, 2, 3]), data=array(pixels))
    (tmp_path / "train").write_bytes(content)
    check(read_images("cifar-100", tmp_path), pixels.reshape(-1, 3, 32, 32), fine)


def test_the_binary_version_is_read_where_both_are(tmp_path):
    pixels, labels = write_cifar10(tmp_path)
    for n in range(1, 6):
        (tmp_path / f"data_batch_{n}").write_bytes(b"no pickle")
    check(read_images("cifar-10", tmp_path), pixels.reshape(-1, 3, 32, 32), labels)


@pytest.mark.parametrize("compress", [False, True])
def test_svhn(tmp_path, compress):
    pixels, labels = write_svhn(tmp_path, compress=compress)
    check(read_images("svhn", tmp_path), pixels, labels)
    check(read_images("svhn", tmp_path, count=2), pixels[:2], labels[:2])


def test_svhn_with_one_image_and_labels_in_doubles(tmp_path):
    pixels, _ = drawn(1, 10)
    image = pixels.reshape(32, 32, 3)  # MATLAB drops a last axis of length 1
    write_svhn(tmp_path, 1, "extra", X=image, y=np.array([[10.0]]))
    check(read_images("svhn", tmp_path, split="extra"), image.transpose(2, 0, 1)[None], [0])


# Refusals: names, folders, files


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "cifar10"}, "Did you mean 'cifar-10'"),
        ({"name": ["mnist"]}, "is not a data set"),
        ({"split": "validation"}, "mnist has 'train' and 'test'"),
        ({"count": 0}, "count is 0"),
        ({"count": 6}, "count=5 or less"),
        ({"dtype": torch.int64}, "torch.float32 or torch.float64"),
    ],
)
def test_impossible_requests_say_what_to_write(tmp_path, arguments, words):
    write_mnist(tmp_path)
    with pytest.raises(InputError, match=words):
        read_images(**{"name": "mnist", "folder": tmp_path} | arguments)


@pytest.mark.parametrize("name", ["cifar-10", "cifar-100", "svhn", "mnist"])
def test_missing_and_foreign_folders(tmp_path, name):
    with pytest.raises(FileFormatError, match="There is no folder"):
        read_images(name, tmp_path / "absent")
    (tmp_path / "notes.txt").write_text("a file")
    with pytest.raises(FileFormatError, match="is not a folder"):
        read_images(name, tmp_path / "notes.txt")
    with pytest.raises(FileFormatError, match="cannot be the name of a folder"):
        read_images(name, None)
    looked = {"cifar-10": "data_batch_1.bin", "cifar-100": "train.bin", "svhn": "train_32x32.mat"}
    with pytest.raises(FileFormatError, match=looked.get(name, "train-images.idx3-ubyte.gz")) as refused:
        read_images(name, tmp_path)
    assert "found notes.txt" in str(refused.value)
    assert refused.value.offender == tmp_path


def test_an_incomplete_cifar_names_the_part_that_is_absent(tmp_path):
    write_cifar10(tmp_path)
    (tmp_path / "data_batch_4.bin").unlink()
    with pytest.raises(FileFormatError, match=r"looked for data_batch_4.bin there") as refused:
        read_images("cifar-10", tmp_path)
    assert "data_batch_3.bin there" not in str(refused.value)


def test_a_pipe_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "train_32x32.mat")
    with pytest.raises(FileFormatError, match="does not hold SVHN"):
        read_images("svhn", tmp_path)


# Refusals: MNIST


def damaged_mnist(tmp_path, change, stem="images-idx3", end=""):
    write_mnist(tmp_path, end=end)
    file = tmp_path / f"train-{stem}-ubyte{end}"
    file.write_bytes(change(file.read_bytes()))
    return read_images("mnist", tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: b"", "the magic number takes 4 bytes, and 0 are there"),
        (lambda content: content[:9], "the sizes takes 12 bytes, and 5 are there"),
        (lambda content: content[:-1], "5 of 5 samples takes 3920 bytes, and 3919 are there"),
        (lambda content: content + b"\0", "goes on after what it announces"),
        (lambda content: b"\0\0\x08\x01" + content[4:], "begins with 0x00000801; 0x00000803"),
        (lambda content: b"\0\0\x0d\x03" + content[4:], "begins with 0x00000d03"),
        (lambda content: content[:4] + bytes(4) + content[8:], "announces 0 x 28 x 28"),
        (lambda content: content[:4] + b"\xff" * 12 + content[16:], "at most 2147483648"),
        (lambda content: content[:4] + struct.pack(">I", 6) + content[8:], "cut short"),
        (lambda content: content[:4] + struct.pack(">I", 4) + content[8:], "goes on after"),
    ],
)
def test_damaged_images_of_mnist(tmp_path, change, words):
    with pytest.raises(FileFormatError, match=words):
        damaged_mnist(tmp_path, change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content[:-1] + b"\x0a", "sample 4 has the label 10; labels from 0 to 9"),
        (lambda content: content[:4] + struct.pack(">I", 4) + content[8:-1], "announces 5 images and .* 4 labels"),
    ],
)
def test_damaged_labels_of_mnist(tmp_path, change, words):
    with pytest.raises(FileFormatError, match=words):
        damaged_mnist(tmp_path, change, "labels-idx1")


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-10],
        lambda content: content[:-8] + bytes(8),
        lambda content: content[:20] + bytes(30) + content[50:],
        lambda content: b"not gzip" + content,
        lambda content: b"",
    ],
)
def test_damaged_gzip(tmp_path, change):
    with pytest.raises(FileFormatError, match=r"train-images-idx3-ubyte\.gz"):
        damaged_mnist(tmp_path, change, end=".gz")


def test_a_cut_after_the_samples_that_are_kept_is_still_found(tmp_path):
    write_mnist(tmp_path)
    file = tmp_path / "train-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(FileFormatError, match="the rest of 5 samples takes 3136 bytes, and 3135 are there"):
        read_images("mnist", tmp_path, count=1)


def peak(call):
    """The most bytes that Python and numpy held during a call that refuses."""
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError):
            call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_short_file_that_announces_much_takes_little_memory(tmp_path):
    write_mnist(tmp_path)
    head = b"\0\0\x08\x03" + struct.pack(">III", 2_000_000, 28, 28)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(head + bytes(1000))
    assert peak(lambda: read_images("mnist", tmp_path)) < 4 << 20


def test_a_gzip_bomb_is_not_unpacked_beyond_what_it_announces(tmp_path):
    write_mnist(tmp_path)
    bomb = b"\0\0\x08\x03" + struct.pack(">III", 1, 28, 28) + bytes(1 << 26)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(gzip.compress(bomb, 9))
    del bomb
    assert peak(lambda: read_images("mnist", tmp_path)) < 4 << 20


# Refusals: CIFAR


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: b"", "has 0 bytes"),
        (lambda content: content[:-1], "has 6145 bytes; a whole number of records of 3073"),
        (lambda content: b"\x0a" + content[1:], "sample 0 has the label 10; labels from 0 to 9"),
        (lambda content: content[:3073] * 10_001, "holds 10001 images; a file of CIFAR-10 has 10000 at most"),
    ],
)
def test_damaged_cifar10(tmp_path, change, words):
    write_cifar10(tmp_path)
    file = tmp_path / "data_batch_2.bin"
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(FileFormatError, match=words) as refused:
        read_images("cifar-10", tmp_path)
    assert "data_batch_2.bin" in str(refused.value)


@pytest.mark.parametrize(("coarse", "fine", "words"), [(20, 1, "from 0 to 19"), (1, 100, "from 0 to 99")])
def test_labels_out_of_range_in_cifar100(tmp_path, coarse, fine, words):
    write_records(tmp_path / "train.bin", drawn(1, 10)[0], [coarse], [fine])
    with pytest.raises(FileFormatError, match=words):
        read_images("cifar-100", tmp_path)


def test_more_samples_than_all_files_hold(tmp_path):
    write_cifar10(tmp_path)
    with pytest.raises(InputError, match="count=10 or less"):
        read_images("cifar-10", tmp_path, count=11)


PIXELS, LABELS = drawn(2, 10)
GOOD = {"labels": numbers(LABELS), "data": array(PIXELS)}


class Runs:
    """Unpickling this would run a command."""

    def __reduce__(self):
        return (os.system, ("exit 3",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pickle.dumps(Runs(), 0), "it asks for"),
        (pickle.dumps(Runs(), 2), "not plain data|it asks for"),
        (pickle.dumps(Runs()), "not plain data"),
        (b"\x80\x02}q\x01(U\x04datacposix\nsystem\nU\x06exit 3\x85Ru.", "it asks for 'posix system'"),
        (b"\x80\x02}q\x01(U\x04datacnumpy\nload\nu.", "it asks for 'numpy load'"),
        (b"", "not a plain pickle"),
        (b"not a pickle", "not a plain pickle"),
        (python2_pickle(**GOOD)[:-1], "not a plain pickle"),
        (python2_pickle(**GOOD)[:3000], "not a plain pickle"),
        (b"\x80\x02K\x05.", "a dict is needed, not a int"),
        (python2_pickle(labels=GOOD["labels"]), "has no b'data'"),
        (python2_pickle(data=GOOD["data"]), "has no b'labels'"),
        (python2_pickle(**GOOD | {"data": text(b"pixels")}), "b'data' is not an array"),
        (python2_pickle(**GOOD | {"labels": text(b"xx")}), "b'labels' is not a list"),
        (python2_pickle(**GOOD | {"labels": numbers([1])}), "1 labels for 2 images"),
        (python2_pickle(**GOOD | {"labels": numbers([1, 10])}), "sample 1 has the label 10"),
        (python2_pickle(**GOOD | {"labels": numbers([-1, 1])}), "sample 0 has the label -1"),
        (python2_pickle(**GOOD | {"data": array(PIXELS[:, :99])}), "images of 99 bytes; 3072"),
        (python2_pickle(**GOOD).replace(b"U\x02u1", b"U\x02i4"), "not an array of unsigned bytes"),
        (python2_pickle(**GOOD).replace(b"(K\x01K\x02M", b"(K\x01K\x09M"), "announces 9 x 3072 bytes"),
        (python2_pickle(**GOOD).replace(b"(K\x01K\x02M", b"(K\x01NM"), "has not the shape"),
        (b"\x80\x02h\x05.", "recalls a value that was not kept"),
        (b"\x80\x02}(K\x01K\x02u.", "a key of a dict is not a text"),
        (b"\x80\x02}(U\x01au.", "not a plain pickle"),
        (b"\x80\x02(K\x01\x86t.", "takes more values than there are"),
        (b"\x80\x02K\x01a.", "not a plain pickle"),
        (b"\x80\x02]K\x01b.", "a state is set on what is not an array"),
        (b"\x80\x02t.", "not a plain pickle"),
    ],
)
def test_pickles_that_are_damaged_or_ask_for_more_than_data(tmp_path, monkeypatch, content, words):
    monkeypatch.setattr(os, "system", lambda _: pytest.fail("a pickle ran a command"))
    for n in range(1, 6):
        (tmp_path / f"data_batch_{n}").write_bytes(content)
    with pytest.raises(FileFormatError, match=words) as refused:
        read_images("cifar-10", tmp_path)
    message = str(refused.value)
    assert "data_batch_1" in message
    assert "binary version, cifar-10-batches-bin" in message or "has the label" in message


def test_values_that_share_their_parts_are_never_written_out(tmp_path):
    """60 nested pairs take 240 bytes; written out, hashed or compared part by part they take 2^60 steps."""
    pairs = b"K\x01" + b"q\x01h\x01\x86" * 60
    for content in (
        python2_pickle(**GOOD).replace(b"(K\x01K\x02M\x00\x0c\x86", b"(K\x01" + pairs),
        b"\x80\x02}(" + pairs + b"K\x01u.",
        python2_pickle(**GOOD | {"labels": pairs}),
        python2_pickle(**GOOD | {"data": pairs}),
        python2_pickle(**GOOD | {"data": pairs + b"K\x01RK\x01b"}),
        python2_pickle(**GOOD).replace(b"U\x02u1K\x00K\x01\x87R", pairs + b"K\x00K\x01\x87R"),
    ):
        for n in range(1, 6):
            (tmp_path / f"data_batch_{n}").write_bytes(content)
        with pytest.raises(FileFormatError):
            read_images("cifar-10", tmp_path)


def test_a_pickle_beyond_the_limit_is_refused(tmp_path, monkeypatch):
    write_cifar10_pickles(tmp_path)
    monkeypatch.setattr(cifar_pickles, "MAX_PICKLE", 6000)
    with pytest.raises(FileFormatError, match="more than 6000 bytes"):
        read_images("cifar-10", tmp_path)


# Refusals: SVHN


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"y": np.full((6, 1), 11, np.uint8)}, "sample 0 has the label 11; labels from 1 to 10"),
        ({"y": np.zeros((6, 1), np.uint8)}, "sample 0 has the label 0"),
        ({"y": np.full((6, 1), -3, np.int16)}, "sample 0 has the label -3"),
        ({"y": np.full((6, 1), 1e300)}, "sample 0 has the label"),
        ({"y": np.full((6, 1), 1.5)}, "not whole numbers"),
        ({"y": np.full((6, 1), np.nan)}, "not whole numbers"),
        ({"y": np.full((6, 1), np.inf)}, "not whole numbers"),
        ({"y": np.full((6, 1), 1 + 1j)}, "y as no numeric array"),
        ({"y": np.ones((5, 1), np.uint8)}, r"y of shape \(5, 1\) in uint8; \(6, 1\)"),
        ({"y": "text"}, "y as no numeric array"),
        ({"y": {"labels": 1}}, "y as no numeric array"),
        ({"X": np.zeros((32, 32, 3, 6))}, r"X of shape \(32, 32, 3, 6\) in float64"),
        ({"X": np.zeros((28, 28, 3, 6), np.uint8)}, r"X of shape \(28, 28, 3, 6\)"),
        ({"X": np.zeros((6, 32, 32, 3), np.uint8)}, r"X of shape \(6, 32, 32, 3\)"),
        ({"X": np.zeros((32, 32, 3, 2, 3), np.uint8)}, r"X of shape \(32, 32, 3, 2, 3\)"),
        ({"X": np.zeros((32, 32, 3, 0), np.uint8)}, r"X of shape \(32, 32, 3, 0\)"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_svhn_with_other_contents(tmp_path, changed, words):
    write_svhn(tmp_path, **changed)
    with pytest.raises(FileFormatError, match=words):
        read_images("svhn", tmp_path)


def test_svhn_without_one_of_its_variables(tmp_path):
    savemat(tmp_path / "train_32x32.mat", {"X": np.zeros((32, 32, 3, 2), np.uint8)})
    with pytest.raises(FileFormatError, match="y as no numeric array"):
        read_images("svhn", tmp_path)


def test_arrays_are_those_that_scipy_reads(tmp_path):
    rng = np.random.default_rng(0)
    fields = {"short": rng.integers(-9, 9, (3, 1)).astype(np.int8), "name_longer_than_four": rng.random((2, 3, 4))}
    fields |= {f"of_{kind}": rng.integers(0, 9, (2, 2)).astype(kind) for kind in ("u1", "i2", "u4", "i8", "f4")}
    others = {
        "words": "text",
        "cell": np.array([1, "a"], dtype=object),
        "complex": np.array([[1j]]),
        "record": {"a": 1},
    }
    for compress in (False, True):
        savemat(tmp_path / "a.mat", fields | others, do_compression=compress)
        found, read = mat_files.numeric_arrays(tmp_path / "a.mat"), loadmat(tmp_path / "a.mat")
        assert set(found) == set(fields)
        for name, values in found.items():
            assert np.array_equal(values, read[name])
            assert np.array_equal(values, fields[name])


def part(kind, content, order):
    return struct.pack(f"{order}II", kind, len(content)) + content + bytes(-len(content) % 8)


def hand_made(order="<", axes=(2, 3), name=(1 << 16) | 1):
    """A file with one array of doubles, stored in six bytes; the name y lies in its own tag, as short ones do."""
    flags = struct.pack(f"{order}II", 6, 0)  # class double
    sizes = struct.pack(f"{order}{len(axes)}i", *axes)
    tag = struct.pack(f"{order}I", name) + b"y\0\0\0"
    matrix = part(6, flags, order) + part(5, sizes, order) + tag + part(2, bytes([1, 2, 3, 4, 5, 6]), order)
    return b"MATLAB".ljust(124) + (b"\0\1IM" if order == "<" else b"\1\0MI") + part(14, matrix, order)


@pytest.mark.parametrize("order", ["<", ">"])
def test_doubles_stored_as_bytes_in_either_order_of_bytes(tmp_path, order):
    """MATLAB stores doubles that are small whole numbers in fewer bytes; a big-endian machine wrote the other order."""
    (tmp_path / "a.mat").write_bytes(hand_made(order))
    assert mat_files.numeric_arrays(tmp_path / "a.mat")["y"].tolist() == [[1, 3, 5], [2, 4, 6]]
    assert loadmat(tmp_path / "a.mat")["y"].tolist() == [[1, 3, 5], [2, 4, 6]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (hand_made(axes=(-1, 3)), "an array of -1 x 3 entries has 6 bytes"),
        (hand_made(axes=(2, 4)), "an array of 2 x 4 entries has 6 bytes"),
        (hand_made(axes=(2**31 - 1,) * 8), "entries has 6 bytes"),
        (hand_made(axes=(6,)), "has no sizes"),
        (hand_made(axes=(1,) * 9), "has no sizes"),
        (hand_made(name=(5 << 16) | 1), "a part of an array is longer than the array"),
        (hand_made(name=1), "a part of an array is longer than the array"),
    ],
)
def test_arrays_whose_sizes_do_not_fit(tmp_path, content, words):
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(FileFormatError, match=words):
        mat_files.numeric_arrays(tmp_path / "a.mat")


def variable(content):
    """A compressed variable with its tag."""
    packed = zlib.compress(content, 9)
    return struct.pack("<II", mat_files.COMPRESSED, len(packed)) + packed


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: b"", "not a file of MATLAB"),
        (lambda content: content[:100], "not a file of MATLAB"),
        (lambda content: b"\x89HDF" + bytes(200), "not a file of MATLAB"),
        (lambda content: content[:128], "X as no numeric array"),
        (lambda content: content[:-1], r"cut short: an array announces \d+ bytes, and \d+ are there"),
        (lambda content: content[:131], "cut short, within a tag"),
        (lambda content: content + b"\0", "cut short, within a tag"),
        (lambda content: content[:128] + b"\x09" + content[129:], "a part of type 9"),
        (lambda content: content[:136] + bytes(80) + content[216:], "is damaged"),
        (lambda content: content[:128] + variable(struct.pack("<II", 14, 99) + bytes(50)), "announces 99 bytes"),
        (lambda content: content[:128] + variable(struct.pack("<II", 14, 8) + bytes(50)), "announces 8 bytes"),
        (
            lambda content: content[:128] + variable(struct.pack("<II", 9, 50) + bytes(50)),
            "a compressed part of type 9",
        ),
        (lambda content: content[:128] + variable(b"abc"), "cut short, within a tag"),
        (lambda content: content[:128] + struct.pack("<II", 15, 9) + b"not zlib!", "incorrect header"),
    ],
)
def test_damaged_mat_files(tmp_path, change, words, compress):
    write_svhn(tmp_path, compress=compress)
    file = tmp_path / "train_32x32.mat"
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(FileFormatError, match=words):
        read_images("svhn", tmp_path)


def test_any_change_of_a_byte_in_a_mat_file_is_read_or_refused(tmp_path):
    """Some of these changes end the whole process in scipy.io.loadmat of 1.17."""
    write_svhn(tmp_path, 1, compress=False)
    file = tmp_path / "train_32x32.mat"
    content = file.read_bytes()
    refused = 0
    for place in [*range(124, 200), *range(len(content) - 60, len(content))]:
        for value in (0, 1, 0x7F, 0x80, 0xFF):
            file.write_bytes(content[:place] + bytes([value]) + content[place + 1 :])
            try:
                read_images("svhn", tmp_path)
            except FileFormatError:
                refused += 1
    assert refused > 100


def test_a_mat_bomb_is_not_unpacked(tmp_path):
    write_svhn(tmp_path)
    file = tmp_path / "train_32x32.mat"
    head = file.read_bytes()[:128]
    file.write_bytes(head + variable(struct.pack("<II", 14, 16) + bytes(1 << 26)))
    assert peak(lambda: read_images("svhn", tmp_path)) < 4 << 20


@pytest.mark.parametrize("compress", [False, True])
def test_a_mat_file_that_holds_more_than_the_limit_is_refused(tmp_path, monkeypatch, compress):
    pixels, labels = write_svhn(tmp_path, X=np.zeros((32, 32, 3, 6), np.uint8), compress=compress)
    size = (tmp_path / "train_32x32.mat").stat().st_size
    monkeypatch.setattr(mat_files, "MAX_RAW", size - 1)
    with pytest.raises(FileFormatError, match=f"more than {size - 1} bytes"):
        read_images("svhn", tmp_path)
    monkeypatch.setattr(mat_files, "MAX_RAW", 6 * 3072 + 1000)
    check(read_images("svhn", tmp_path), 0 * pixels, labels)
    monkeypatch.setattr(mat_files, "MAX_RAW", 6 * 3072)
    with pytest.raises(FileFormatError, match=f"more than {6 * 3072} bytes"):
        read_images("svhn", tmp_path)


def test_a_folder_that_cannot_be_listed_is_a_typed_refusal(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(image_folder.Path, "is_file", refuse)
    with pytest.raises(FileFormatError, match="Permission denied"):
        read_images("svhn", tmp_path)
