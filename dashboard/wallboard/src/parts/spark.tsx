/** A small line of a few values; what it says stands beside it as a number. */

const [WIDTH, HEIGHT, EDGE] = [100, 28, 3];

export function Spark({ values, target }: { values: readonly (number | undefined)[]; target?: number | undefined }) {
  const numbers = values.filter((value) => value !== undefined);
  if (numbers.length < 2) return <span class="spark" />;
  const marks = target === undefined ? numbers : [...numbers, target];
  const [low, high] = [Math.min(...marks), Math.max(...marks)];
  const x = (index: number) => EDGE + (index * (WIDTH - 2 * EDGE)) / (values.length - 1);
  const y = (value: number) => HEIGHT - EDGE - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * EDGE);
  let path = "";
  values.forEach((value, index) => {
    if (value !== undefined) path += `${path && values[index - 1] !== undefined ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  const last = values.length - 1;
  const end = values[last];
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {target !== undefined && <path class="target" d={`M0 ${y(target).toFixed(1)}H${WIDTH}`} />}
      <path class="value" d={path} />
      {end !== undefined && <path class="end" d={`M${x(last).toFixed(1)} ${y(end).toFixed(1)}h0`} />}
    </svg>
  );
}
