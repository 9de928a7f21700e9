"""Times the reading of DICOM series beside SimpleITK and pydicom: the tables of docs/performance.md.

    cargo build --release --example time_dicom --all-features
    python scripts/bench_dicom.py make SERIES
    python scripts/bench_dicom.py run SERIES target/release/examples/time_dicom

`make` writes seeded series of 512x512 slices, 16 bits with 12 stored: 200 native ones, and 50 in each
compression. `run` takes turns: each reader lives in a process of its own and reads once per round, so that
all of them meet the same machine; the least time of all rounds counts. Files are in the page cache. Peak
memory is that of a process that reads once. Before, all readers must give the same voxels.

Needs numpy, pydicom, SimpleITK, pylibjpeg with -libjpeg, -openjpeg and -rle, pyjpegls, python-gdcm.
"""

import functools
import os
import pathlib
import subprocess
import sys
import time

NATIVE = "native"
# transfer syntaxes of the series of 50
COMPRESSED = {
    "rle": "1.2.840.10008.1.2.5",
    "jpeg lossless": "1.2.840.10008.1.2.4.70",
    "jpeg-ls": "1.2.840.10008.1.2.4.80",
    "jpeg 2000": "1.2.840.10008.1.2.4.90",
}


# the series


def slices(count):
    """Smooth tissue with noise, as MR has it."""
    import numpy as np

    random = np.random.default_rng(5)
    j, i = np.mgrid[0:512, 0:512] / 512
    for k in range(count):
        tissue = 900 + 700 * np.sin(9 * i + k / 30) * np.cos(7 * j) * (np.hypot(i - 0.5, j - 0.5) < 0.45)
        yield np.clip(tissue + random.normal(0, 25, tissue.shape), 0, 4095).astype("<u2")


def image(pixels, k):
    """One slice of a sagittal series, 1.1 mm apart, as explicit little endian."""
    from pydicom.dataset import Dataset, FileMetaDataset

    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = f"2.25.1.{k + 1}"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = "2.25.2", "2.25.3", "2.25.4"
    data.Modality, data.SeriesNumber, data.InstanceNumber = "MR", 1, k + 1
    data.ImageType = ["ORIGINAL", "PRIMARY", "M", "NONE"]
    data.ImagePositionPatient = [-100 + 1.1 * k, -150, 150]
    data.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    data.PixelSpacing, data.SliceThickness = [0.6, 0.6], 1
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = pixels.shape
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.PixelData = pixels.tobytes()
    return data


def compress(data, pixels, uid, scratch):
    """With pydicom's encoders; JPEG lossless, which it has none for, with SimpleITK's."""
    from pydicom import dcmread

    if uid != COMPRESSED["jpeg lossless"]:
        data.compress(uid, pixels, generate_instance_uid=False)
        return
    import SimpleITK as sitk

    writer = sitk.ImageFileWriter()
    writer.SetFileName(str(scratch))
    writer.UseCompressionOn()
    writer.SetCompressor("JPEG")
    writer.Execute(sitk.GetImageFromArray(pixels))
    encoded = dcmread(scratch)
    assert encoded.file_meta.TransferSyntaxUID == uid, encoded.file_meta.TransferSyntaxUID
    data.file_meta.TransferSyntaxUID = uid
    data.PixelData = encoded.PixelData
    data["PixelData"].is_undefined_length = True
    data["PixelData"].VR = "OB"
    scratch.unlink()


def make(root):
    for name, uid, count in [(NATIVE, None, 200), *((name, uid, 50) for name, uid in COMPRESSED.items())]:
        folder = root / name
        folder.mkdir(parents=True)
        for k, pixels in enumerate(slices(count)):
            data = image(pixels, k)
            if uid:
                compress(data, pixels, uid, root / "scratch.dcm")
            # names in another order than the slices
            data.save_as(folder / f"{k * 77 % count:03}.dcm", enforce_file_format=True)


# the readers: each gives a volume, an array by (k, j, i) or SimpleITK's image


def sitk_series(folder):
    import SimpleITK as sitk

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def along_normal(data):
    import numpy as np

    across, down = np.reshape(data.ImageOrientationPatient, (2, 3)).astype(float)
    return np.cross(across, down) @ np.array(data.ImagePositionPatient, float)


def sorted_slices(folder):
    from pydicom import dcmread

    tags = ["ImagePositionPatient", "ImageOrientationPatient", "Rows", "Columns", "SamplesPerPixel", "BitsAllocated"]
    tags += ["BitsStored", "PixelRepresentation", "PhotometricInterpretation", "NumberOfFrames", "PixelData"]
    files = [dcmread(entry.path, specific_tags=tags) for entry in os.scandir(folder)]
    files.sort(key=along_normal)
    return files


def pydicom_buffer(folder):
    import numpy as np

    files = sorted_slices(folder)
    volume = np.empty((len(files), files[0].Rows, files[0].Columns), np.uint16)
    for data, out in zip(files, volume):
        stored = np.frombuffer(data.PixelData, "<u2").reshape(out.shape)
        np.bitwise_and(stored, 0xFFFF >> (16 - data.BitsStored), out=out)
    return volume


def pydicom_array(folder):
    import numpy as np

    files = sorted_slices(folder)
    plugin = fastest_plugin(files[0])
    for data in files:
        data.pixel_array_options(decoding_plugin=plugin)
    return np.stack([data.pixel_array for data in files])


@functools.cache
def fastest_plugin_of(uid, path):
    """The decoder that reads a file fastest: pydicom itself takes the first that it finds."""
    from pydicom import dcmread
    from pydicom.pixels import get_decoder

    def seconds(plugin):
        data = dcmread(path)
        data.pixel_array_options(decoding_plugin=plugin)
        start = time.perf_counter()
        data.pixel_array
        return time.perf_counter() - start

    plugins = get_decoder(uid).available_plugins
    rounds = [{plugin: seconds(plugin) for plugin in plugins} for _ in range(10)]
    best = min(plugins, key=lambda plugin: min(times[plugin] for times in rounds))
    print(f"pydicom decodes with {best} of {', '.join(plugins)}", file=sys.stderr)
    return best


def fastest_plugin(data):
    uid = data.file_meta.TransferSyntaxUID
    return fastest_plugin_of(uid, data.filename) if uid.is_encapsulated else ""


PEERS = {"SimpleITK": sitk_series, "pydicom frombuffer": pydicom_buffer, "pydicom pixel_array": pydicom_array}


def weighted_sum(volume):
    """The sum of signal times the number of its slice, from 1."""
    if not hasattr(volume, "sum"):
        import SimpleITK as sitk

        volume = sitk.GetArrayFromImage(volume)
    return float(sum((k + 1) * int(part.sum(dtype="u8")) for k, part in enumerate(volume)))


def serve(name, folder):
    """Reads once per line of standard input and prints the seconds; `check` prints a sum of the voxels."""
    read = PEERS[name]
    for line in sys.stdin:
        start = time.perf_counter()
        volume = read(folder)
        seconds = time.perf_counter() - start
        if line.strip() == "check":
            print(weighted_sum(volume), flush=True)
        else:
            print(seconds, flush=True)
        del volume


# the run: this process imports nothing large, because a child's peak starts at its parent's


class Reader:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line="read"):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def peak_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def commands(folder, ours):
    one = ["taskset", "-c", "0"]
    found = {
        "bytes, read and dropped": [ours, "dropped", folder],
        "bytes, read and kept": [ours, "kept", folder],
        "hemastage, headers only": [ours, "headers", folder],
        "hemastage": [ours, "volume", folder],
        "hemastage, 1 thread": [*one, ours, "volume", folder],
    }
    for name in PEERS:
        if folder.name == NATIVE or name != "pydicom frombuffer":
            found[name] = [sys.executable, __file__, "serve", name, folder]
    return found


def run(root, ours):
    for folder in [root / name for name in (NATIVE, *COMPRESSED)]:
        readers = {name: Reader(command) for name, command in commands(folder, ours).items()}
        sums = {name: reader.ask("check") for name, reader in readers.items() if "," not in name}
        assert len(set(sums.values())) == 1, f"not the same voxels: {sums}"
        times = {name: [] for name in readers}
        for _ in range(30 if folder.name == NATIVE else 10):
            for name, reader in readers.items():
                times[name].append(reader.ask())
        for reader in readers.values():
            reader.close()
        unit = min(times["bytes, read and kept"])
        print(f"\n{folder.name}: bytes read and kept {1000 * unit:.1f} ms\n\n| reader | time | peak MiB |\n|---|---:|---:|")
        for name, command in commands(folder, ours).items():
            alone = Reader(command)
            alone.ask()
            print(f"| {name} | {min(times[name]) / unit:.2f} | {alone.peak_mib():.0f} |", flush=True)
            alone.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", root]:
            make(pathlib.Path(root))
        case ["run", root, ours]:
            run(pathlib.Path(root), ours)
        case ["serve", name, folder]:
            serve(name, pathlib.Path(folder))
        case _:
            sys.exit(__doc__)
