// The viewer of a report page: connects the page's controls and images to NiiVue.
import { NVImage, Niivue, SHOW_RENDER, SLICE_TYPE } from "@niivue/niivue";

const LAYOUTS = {
  multiplanar: SLICE_TYPE.MULTIPLANAR,
  sagittal: SLICE_TYPE.SAGITTAL,
  coronal: SLICE_TYPE.CORONAL,
  axial: SLICE_TYPE.AXIAL,
  render: SLICE_TYPE.RENDER,
};
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
    });
    await niivue.attachToCanvas(canvas);
    const image = (name) => NVImage.loadFromBase64({ base64: data[name], name: `${name}.nii.gz`, cal_min: 0, cal_max: 255 });
    const images = { t1: await image("t1"), t2: await image("t2"), stages: await image("stages") };
    images.stages.setColormapLabel(colors(data.colors));
    const viewer = new Viewer(data, niivue, images);
    niivue.addVolume(images.t2);
    niivue.addVolume(images.stages);
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
    niivue.scene.crosshairPos = niivue.mm2frac([place[0], place[1], place[2]], 0, true);
    this.draw();
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
    byId("viewer-place").textContent = `Crosshair at ${millimeters(place.mm, this.data.oriented)}: ${stage?.name ?? "outside the hematoma, or without a signal"}.`;
  }
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
