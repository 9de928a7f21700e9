// The viewer of a report page: connects the page's controls and images to NiiVue.
import { DRAG_MODE, NVImage, Niivue, SHOW_RENDER, SLICE_TYPE } from "@niivue/niivue";

const LAYOUTS = {
  multiplanar: SLICE_TYPE.MULTIPLANAR,
  sagittal: SLICE_TYPE.SAGITTAL,
  coronal: SLICE_TYPE.CORONAL,
  axial: SLICE_TYPE.AXIAL,
  render: SLICE_TYPE.RENDER,
};
const WINDOW = ["viewer-black", "viewer-white"];
const SLIDERS = ["viewer-x", "viewer-y", "viewer-z"];
const byId = (id) => document.getElementById(id);

/** Shows T1 or T2 with the stages as an overlay. */
class Viewer {
  constructor(data, niivue, images) {
    this.data = data;
    this.niivue = niivue;
    this.images = images;
  }

  static async open(data, canvas) {
    const niivue = new Niivue({
      backColor: [0, 0, 0, 1],
      crosshairColor: [1, 1, 1, 0.6],
      crosshairWidth: 0.6,
      dragAndDropEnabled: false,
      isColorbar: false,
      isOrientationTextVisible: data.oriented,
      isRadiologicalConvention: true,
      sagittalNoseLeft: true,
      loadingText: "",
      logLevel: "error",
      multiplanarShowRender: SHOW_RENDER.ALWAYS,
      show3Dcrosshair: true,
      fontMinPx: 18,
      // the right button always; the left one by choice
      dragMode: DRAG_MODE.windowing,
    });
    await niivue.attachToCanvas(canvas);
    const image = (name) => NVImage.loadFromBase64({ base64: data[name], name: `${name}.nii.gz`, cal_min: 0, cal_max: 255 });
    const images = { t1: await image("t1"), t2: await image("t2"), stages: await image("stages") };
    images.stages.setColormapLabel(colors(data.colors));
    if (data.cord) {
      images.cord = await image("cord");
      images.cord.setColormapLabel(colors([{ value: 1, name: "cord", rgb: [255, 255, 255] }]));
    }
    const viewer = new Viewer(data, niivue, images);
    niivue.addVolume(images.t2);
    niivue.addVolume(images.stages);
    if (images.cord) {
      niivue.addVolume(images.cord);
      niivue.setOpacity(2, 0.55);
    }
    niivue.onLocationChange = (place) => viewer.showPlace(place);
    return viewer;
  }

  /** Connects the controls of the page. */
  connect(form) {
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const choice of form.elements.image) {
      choice.addEventListener("change", () => this.show(choice.value));
    }
    const layout = byId("viewer-layout");
    layout.addEventListener("change", () => this.arrange(layout.value));
    const opacity = byId("viewer-opacity");
    opacity.addEventListener("input", () => this.niivue.setOpacity(1, opacity.value / 100));
    const drag = byId("viewer-drag");
    drag.addEventListener("change", () => this.drag(drag.value));
    this.drag(drag.value);
    for (const id of WINDOW) byId(id).addEventListener("input", () => this.setWindow());
    byId("viewer-canvas").addEventListener("pointerup", () => setTimeout(() => this.showWindow()));
    for (const [axis, id] of SLIDERS.entries()) {
      byId(id).addEventListener("input", (event) => this.move(axis, Number(event.target.value)));
    }
    // browsers may restore the controls' values from an earlier visit
    this.show(form.elements.image.value);
    this.arrange(layout.value);
    this.niivue.setOpacity(1, opacity.value / 100);
    this.showHematoma();
  }

  /** Shows an image below the stages; the crosshair keeps its position in the patient. */
  show(name) {
    const { niivue, images } = this;
    const [shown] = niivue.volumes;
    if (shown === images[name]) return;
    const place = niivue.frac2mm(niivue.scene.crosshairPos, 0, true);
    niivue.addVolume(images[name]);
    niivue.setVolume(images[name], 0);
    niivue.removeVolume(shown);
    this.showWindow();
    niivue.scene.crosshairPos = niivue.mm2frac([place[0], place[1], place[2]], 0, true);
    this.draw();
  }

  /** What dragging with the left button or a finger does. */
  drag(mode) {
    this.niivue.opts.dragModePrimary = DRAG_MODE[mode];
  }

  /** Shows the image between the gray values of the sliders. */
  setWindow() {
    const [black, white] = WINDOW.map((id) => Number(byId(id).value) * 2.55);
    const [shown] = this.niivue.volumes;
    [shown.cal_min, shown.cal_max] = [black, Math.max(white, black + 1)];
    this.niivue.updateGLVolume();
  }

  /** Sets the sliders to what was set by dragging. */
  showWindow() {
    const [shown] = this.niivue.volumes;
    for (const [n, id] of WINDOW.entries()) byId(id).value = Math.round([shown.cal_min, shown.cal_max][n] / 2.55);
  }

  arrange(layout) {
    this.niivue.setSliceType(LAYOUTS[layout]);
  }

  /** Number of slices of the image shown, along an axis. */
  slices(axis) {
    return this.niivue.volumes[0].dimsRAS[axis + 1];
  }

  /** Moves the crosshair to the middle of a slice. */
  move(axis, slice) {
    this.niivue.scene.crosshairPos[axis] = (slice + 0.5) / this.slices(axis);
    this.draw();
  }

  /** Moves the crosshair to the middle of the hematoma. */
  showHematoma() {
    this.niivue.scene.crosshairPos = this.niivue.mm2frac(this.data.middle, 0, true);
    this.draw();
  }

  /** The vertebra whose center is nearest, if it is near. */
  level(mm) {
    const distance = ({ center }) => Math.hypot(...[0, 1, 2].map((axis) => center[axis] - mm[axis]));
    const near = this.data.levels.filter((level) => distance(level) < 60);
    return near.sort((a, b) => distance(a) - distance(b))[0]?.name;
  }

  /** The signal of an image at a point, and that of the reference, as in `T1 612 (reference 384)`. */
  signal(name, mm) {
    const image = this.images[name];
    const value = image.getValue(...image.mm2vox([mm[0], mm[1], mm[2]]).slice(0, 3));
    const [black, white] = this.data.window[name];
    const limit = value <= 0 ? "≤" : value >= 255 ? "≥" : "";
    return `${name.toUpperCase()} ${limit}${short(black + (value / 255) * (white - black))} (reference ${short(this.data.reference[name])})`;
  }

  draw() {
    this.niivue.drawScene();
    this.niivue.createOnLocationChange();
  }

  /** Writes the crosshair's position and stage below the image, and sets the sliders to it. */
  showPlace(place) {
    for (const [axis, id] of SLIDERS.entries()) {
      const slider = byId(id);
      const slices = this.slices(axis);
      slider.max = slices - 1;
      slider.value = Math.min(Math.floor(slices * this.niivue.scene.crosshairPos[axis]), slices - 1);
    }
    const value = place.values?.[1]?.value ?? 0;
    const stage = this.data.colors.find((entry) => entry.value === Math.round(value));
    const parts = [stage?.name ?? "outside the hematoma, or without a signal", this.level(place.mm)];
    const text = parts.filter(Boolean).join(", ");
    byId("viewer-place").textContent = `Crosshair at ${millimeters(place.mm, this.data.oriented)}: ${text}; ${this.signal("t1", place.mm)}, ${this.signal("t2", place.mm)}.`;
  }
}

/** A number with three significant digits. */
function short(value) {
  return Number(value.toPrecision(3)).toString();
}

/** A point in mm, with letters for directions if the orientation is known. */
function millimeters(mm, oriented) {
  const letters = ["RL", "AP", "SI"];
  const part = (axis) =>
    oriented ? `${Math.abs(mm[axis]).toFixed(1)} mm ${letters[axis][mm[axis] < 0 ? 1 : 0]}` : `${mm[axis].toFixed(1)} mm`;
  return [0, 1, 2].map(part).join(", ");
}

/** The colors of the stages as NiiVue expects them; 0 is transparent. */
function colors(list) {
  const rows = [{ value: 0, name: "", rgb: [0, 0, 0] }, ...list];
  return {
    R: rows.map((row) => row.rgb[0]),
    G: rows.map((row) => row.rgb[1]),
    B: rows.map((row) => row.rgb[2]),
    A: rows.map((row) => (row.value === 0 ? 0 : 255)),
    I: rows.map((row) => row.value),
    labels: rows.map((row) => row.name),
  };
}

async function start() {
  const message = byId("viewer-message");
  if (!document.createElement("canvas").getContext("webgl2")) {
    message.textContent = "This browser has no WebGL 2, which the viewer needs. The picture above shows the same hematoma.";
    return;
  }
  const panel = byId("viewer-panel");
  panel.hidden = false;
  try {
    const viewer = await Viewer.open(JSON.parse(byId("viewer-data").textContent), byId("viewer-canvas"));
    viewer.connect(byId("viewer-controls"));
    message.textContent = "";
    message.hidden = true;
  } catch (error) {
    panel.hidden = true;
    message.textContent = "The viewer could not start. The picture above shows the same hematoma.";
    throw error;
  }
}

start();
