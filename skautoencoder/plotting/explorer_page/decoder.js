// Decode points, which are codes in standard deviations from their means, into the entries of a row.

const GELU_COEFFICIENTS = [
  -1.5957706151358837, -0.07266412970501224, 6.348294794796234e-05, 0.0001112079034078614, -8.025201990879362e-06,
  2.714608718004893e-07, -3.693323263693247e-09,
];
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const elu = (z, alpha = 1) => (z > 0 ? z : alpha * Math.expm1(z));
const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const clip = (z, low, high) => Math.min(Math.max(z, low), high);

// As in networks/_activations.py.
const ACTIVATIONS = {
  elu,
  exponential: Math.exp,
  gelu: (z) => z / (1 + Math.exp(z * GELU_COEFFICIENTS.reduceRight((sum, factor) => sum * z * z + factor))),
  hard_sigmoid: (z) => clip(z + 3, 0, 6) / 6,
  leaky_relu: (z) => (z > 0 ? z : 0.2 * z),
  linear: (z) => z,
  mish: (z) => z * Math.tanh(softplus(z)),
  relu: (z) => Math.max(z, 0),
  relu6: (z) => clip(z, 0, 6),
  selu: (z) => SELU_SCALE * elu(z, SELU_ALPHA),
  sigmoid,
  silu: (z) => z * sigmoid(z),
  softplus,
  softsign: (z) => z / (1 + Math.abs(z)),
  swish: (z) => z * sigmoid(z),
  tanh: Math.tanh,
};

function softmax(values) {
  const largest = Math.max(...values);
  const powers = values.map((z) => Math.exp(z - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function activated(values, name) {
  return name === "softmax" ? softmax(values) : values.map((z) => ACTIVATIONS[name](z));
}

function numbers(base64, Type = Float64Array) {
  return new Type(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
}

function layerOf(content) {
  const kernel = numbers(content.kernel, Float32Array);
  const bias = numbers(content.bias, Float32Array);
  const units = content.units;
  return (inputs) => {
    const sums = Float64Array.from(bias);
    inputs.forEach((input, row) => {
      for (let unit = 0; unit < units; unit++) sums[unit] += input * kernel[row * units + unit];
    });
    return activated(sums, content.activation);
  };
}

function networkOf(content) {
  const layers = content.layers.map(layerOf);
  const linear = content.linear && layerOf(content.linear);
  return (points) => {
    const hidden = layers.length && layers.reduce((inputs, layer) => layer(inputs), points);
    const straight = linear && linear(points);
    return hidden && straight ? hidden.map((value, entry) => value + straight[entry]) : hidden || straight;
  };
}

// Linear interpolation between the rows of a grid, code by code.
function gridOf(content, nEntries) {
  const rows = numbers(content.rows, Float32Array);
  const interpolated = (points, number, start) => {
    if (number === content.dims.length) return rows.subarray(start * nEntries, (start + 1) * nEntries);
    const axis = content.axes[number];
    const last = axis.length - 1;
    const place = clip((last * (points[content.dims[number]] - axis[0])) / (axis[last] - axis[0] || 1), 0, last);
    const below = Math.min(Math.floor(place), last - 1);
    const [low, high] = [below, below + 1].map((step) => interpolated(points, number + 1, start * (last + 1) + step));
    return low.map((value, entry) => value + (place - below) * (high[entry] - value));
  };
  return (points) => interpolated(points, 0, 0);
}

function decoderOf(content) {
  const factor = numbers(content.factor);
  const offset = numbers(content.offset);
  const standardised = content.kind === "grid" ? gridOf(content, factor.length) : networkOf(content);
  return (points) => Array.from(standardised(points), (value, entry) => value * factor[entry] + offset[entry]);
}
