// From the whole numbers of a page to coordinates and features.

function lonlat(grid, x, y) {
  const [west, south, , , step] = grid;
  return [west + x * step, south + y * step];
}

// The rings or lines of "points" and "steps": see outlines.py.
function decodeLines(encoded, grid) {
  const lines = [];
  let at = 0;
  let start = [0, 0];
  for (const count of encoded.points) {
    let [x, y] = start;
    const line = new Array(count);
    for (let i = 0; i < count; i++) {
      x += encoded.steps[at++];
      y += encoded.steps[at++];
      if (i === 0) start = [x, y];
      line[i] = lonlat(grid, x, y);
    }
    lines.push(line);
  }
  return lines;
}

// One MultiPolygon a region, whose id is its position + 1: 0 is no id in vector tiles.
function decodePolygons(encoded, grid) {
  const rings = decodeLines(encoded, grid);
  for (const ring of rings) ring.push(ring[0]);
  let ring = 0;
  let part = 0;
  const features = encoded.parts.map((parts, position) => {
    const polygons = [];
    for (let p = 0; p < parts; p++) {
      const count = encoded.rings[part++];
      polygons.push(rings.slice(ring, ring + count));
      ring += count;
    }
    return feature({ type: "MultiPolygon", coordinates: polygons }, position + 1);
  });
  return { type: "FeatureCollection", features };
}

function feature(geometry, id, properties = {}) {
  return { type: "Feature", id, properties, geometry };
}

function collection(features) {
  return { type: "FeatureCollection", features };
}

// What the page holds itself: JSON, compressed, as base64.
async function embedded(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}
