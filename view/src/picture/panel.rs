//! What every panel shows: the outline by stage, the cord, letters of direction and a scale bar.

use super::{
    marks::{Marks, NONE, UNSAMPLED, color},
    outline::{Corner, Edge, outlines},
    plane::Plane,
    svg::{Anchor, Area, Stroke, Svg, Type, number},
};

/// The distance of letters and scale bar from the panel's edges.
const INSET: f64 = 10.0;
const LETTER: f64 = 20.0;
const TITLE: f64 = 19.0;
const MIN_TITLE: f64 = 12.0;

/// The height of the letters at the left and right edge of a panel.
#[derive(Debug, Clone, Copy)]
pub(super) enum SideLetters {
    Middle,
    Top,
}

/// Titles above panels of equal width, all in the size that fits the longest one.
pub(super) fn titles<const N: usize>(svg: &mut Svg, areas: &[Area; N], texts: &[String; N]) {
    let how = Type::new(TITLE, "#222222").bold().fitted(texts, areas[0].width, MIN_TITLE);
    for (area, text) in areas.iter().zip(texts) {
        svg.text([area.x, area.y - 12.0], text, how);
    }
}

/// A plane drawn in an area.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel<'a> {
    pub(super) plane: &'a Plane,
    pub(super) marks: &'a Marks,
    pub(super) area: Area,
}

impl Panel<'_> {
    /// Pixels of the figure per millimeter.
    pub(super) fn scale(&self) -> f64 {
        self.area.width / self.plane.size_mm()[0]
    }

    /// The position of a point of the world in the figure.
    pub(super) fn at(&self, world: [f64; 3]) -> [f64; 2] {
        let [right, down] = self.plane.place(world);
        [self.area.x + right * self.scale(), self.area.y + down * self.scale()]
    }

    /// The cord's outline: dashed, so that the signal under it stays visible.
    pub(super) fn cord(&self, svg: &mut Svg) {
        for lines in self.marks.cord.values() {
            let d = self.path(lines);
            svg.stroke(&d, Stroke::new("#000000", 3.0).opacity(0.4));
            svg.stroke(&d, Stroke::new("#FFFFFF", 1.4).opacity(0.9).dashes("5 4"));
        }
    }

    /// The hematoma's outline; each piece has the color of the stage inside it.
    pub(super) fn contour(&self, svg: &mut Svg) {
        let paths: Vec<(String, String)> =
            self.marks.contour.iter().map(|(&value, lines)| (color(value), self.path(lines))).collect();
        for (_, d) in &paths {
            svg.stroke(d, Stroke::new("#000000", 5.0).opacity(0.5));
        }
        for (color, d) in &paths {
            svg.stroke(d, Stroke::new(color, 2.6));
        }
    }

    /// Chosen pixels, as an area that the image shows through.
    pub(super) fn marked(&self, svg: &mut Svg, chosen: &[u8], color: &str) {
        for lines in
            outlines(chosen, self.marks.raster.shape, Edge::Border, |_, other| other == NONE).values()
        {
            svg.fill(&self.path(lines), color, 0.45);
        }
    }

    /// The stages as areas over a dimmed image.
    pub(super) fn fills(&self, svg: &mut Svg) {
        svg.rectangle(&self.area, "#000000", 0.4);
        let borders =
            outlines(&self.marks.stages, self.marks.raster.shape, Edge::Border, |one, other| one != other);
        for (&value, lines) in &borders {
            svg.fill(&self.path(lines), &color(value), if value == UNSAMPLED { 0.5 } else { 0.85 });
        }
        // a rim, for gray would not show on gray
        let d: String = self.marks.contour.values().map(|lines| self.path(lines)).collect();
        svg.stroke(&d, Stroke::new("#000000", 3.0).opacity(0.6));
        svg.stroke(&d, Stroke::new("#FFFFFF", 1.2));
    }

    /// Lines along edges of pixels as a path.
    fn path(&self, lines: &[Vec<Corner>]) -> String {
        let step = self.marks.raster.pixel_mm.map(|mm| mm * self.scale());
        let x = |corner: Corner| number(self.area.x + corner[0] as f64 * step[0]);
        let y = |corner: Corner| number(self.area.y + corner[1] as f64 * step[1]);
        let mut d = String::new();
        for line in lines {
            let Some(&first) = line.first() else { continue };
            let closed = line.len() > 2 && line.last() == Some(&first);
            let end = line.len() - usize::from(closed);
            d.push('M');
            d.push_str(&x(first));
            d.push(' ');
            d.push_str(&y(first));
            for pair in line[..end].windows(2) {
                let is_level = pair[0][1] == pair[1][1];
                d.push(if is_level { 'H' } else { 'V' });
                d.push_str(&if is_level { x(pair[1]) } else { y(pair[1]) });
            }
            if closed {
                d.push('Z');
            }
        }
        d
    }

    /// Letters of direction at the left, right, upper and lower edge.
    pub(super) fn letters(&self, svg: &mut Svg, [left, right, top, bottom]: [&str; 4], sides: SideLetters) {
        let Area { x, y, width, height } = self.area;
        let how = Type::on_image(LETTER).bold();
        let middle = match sides {
            SideLetters::Middle => y + height / 2.0 + LETTER * 0.36,
            SideLetters::Top => y + INSET + LETTER * 0.75,
        };
        let center = x + width / 2.0;
        svg.text([x + INSET, middle], left, how);
        svg.text([x + width - INSET, middle], right, how.anchor(Anchor::End));
        svg.text([center, y + INSET + LETTER * 0.75], top, how.anchor(Anchor::Middle));
        svg.text([center, y + height - INSET], bottom, how.anchor(Anchor::Middle));
    }

    /// A bar of a round length, a third of the panel's width or shorter.
    pub(super) fn scale_bar(&self, svg: &mut Svg) {
        let max_mm = self.plane.size_mm()[0] / 3.0;
        let mm = [50.0, 20.0, 10.0, 5.0, 2.0, 1.0].into_iter().find(|&mm| mm <= max_mm).unwrap_or(0.5);
        let (end, y) = (self.area.right() - INSET, self.area.bottom() - INSET - 2.0);
        let x = end - mm * self.scale();
        let how = Type::on_image(15.0).anchor(Anchor::End);
        let text = format!("{} mm", number(mm));
        let width = (end - x).max(how.width(&text)) + 10.0;
        svg.rectangle(&Area { x: end + 5.0 - width, y: y - 25.0, width, height: 31.0 }, "#000000", 0.55);
        svg.line([x, y], [end, y], Stroke::new("#FFFFFF", 3.0));
        svg.text([end, y - 8.0], &text, how);
    }
}
