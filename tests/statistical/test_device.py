"""The names of devices: what torch would take or choke on is read in full, or refused by name."""

import pytest

torch = pytest.importorskip("torch")

from polybn.errors import InputError  # noqa: E402
from polybn.statistical.device import device_of, spelled  # noqa: E402


@pytest.mark.parametrize("name", ["cpu", "cpu:0", "cpu:00"])
def test_the_processor_is_there_with_or_without_its_number(name):
    assert device_of(name) == torch.device(name[:5])
    assert spelled(device_of(name)) == "cpu"


@pytest.mark.parametrize(
    "name",
    [
        "cuda:²", "cuda:١", "cpu:", "cuda:", ":", "", "cpu:0:0", "cpu:-1", "cpu:+0", "cpu: 0", "cpu:0\n", "cpu\n",
        "CPU", " cpu", "tpu", "cuda:x", "cuda:" + "9" * 5000, 3, None, ["cpu"],
    ],
)  # fmt: skip
def test_what_is_no_name_is_refused(name):
    with pytest.raises(InputError, match="is not a device; write 'auto'"):
        device_of(name)


@pytest.mark.parametrize("name", ["cpu:1", "cuda:99", "mps:99"])
def test_a_device_that_is_not_there_is_refused_with_the_number_found(name):
    with pytest.raises(InputError, match=f"no device '{name}' here.* of kind {name.partition(':')[0]}"):
        device_of(name)


@pytest.mark.parametrize(("found", "name", "is_there"), [(2, "cuda:1", True), (2, "cuda:2", False), (0, "cuda", False)])
def test_gpus_are_counted_from_zero(monkeypatch, found, name, is_there):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: found)
    if is_there:
        assert device_of(name) == torch.device(name)
    else:
        with pytest.raises(InputError, match=f"finds {found} of kind cuda"):
            device_of(name)
