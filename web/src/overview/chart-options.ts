// How every chart of the page looks and behaves, for uPlot. Colours come from the tokens of the theme that is on.
import type uPlot from 'uplot';

import { formatClock, formatMinute, formatNumber } from '../lib/format';
import { scaleTop, type Columns } from './series';

export const CHART_HEIGHT = 150;
/** A scale reaches at least 1 request per second, 1 %, 1 ms: noise below that is not drawn as mountains. */
const SCALE_FLOOR = 1;
const TIME_STEPS_SECONDS = [15, 30, 60, 120, 300];

export interface Line {
  label: string;
  column: Exclude<keyof Columns, 'times'>;
  color: '--series-1' | '--series-2' | '--series-3';
}

/** A token as the canvas understands it: light-dark() is resolved by the element it is put on. */
function resolved(element: HTMLElement, token: string): string {
  element.style.color = `var(${token})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}

export interface ChartSetup {
  host: HTMLElement;
  lines: Line[];
  /** Length of the time axis in seconds. */
  range: number;
  hovered: (index: number | null) => void;
}

function axes(host: HTMLElement): uPlot.Axis[] {
  const font = `12px ${getComputedStyle(host).fontFamily}`;
  const stroke = resolved(host, '--muted');
  const grid = { stroke: resolved(host, '--line'), width: 1 };
  const common = { font, stroke, ticks: { show: false } };
  return [
    {
      ...common,
      grid: { show: false },
      size: 28,
      space: 62,
      incrs: TIME_STEPS_SECONDS,
      values: (_chart, splits, _axis, _space, step) =>
        splits.map((split) => (step < 60 ? formatClock : formatMinute)(split * 1000)),
    },
    {
      ...common,
      grid,
      size: 46,
      splits: (_chart, _axis, _min, max) => [0, max / 2, max],
      values: (_chart, splits) => splits.map(formatNumber),
    },
  ];
}

export function chartOptions({ host, lines, range, hovered }: ChartSetup): uPlot.Options {
  return {
    width: host.clientWidth,
    height: CHART_HEIGHT,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      sync: { key: 'overview', setSeries: false },
      points: { size: 7, width: 0, fill: (chart, series) => strokeOf(chart, series) },
    },
    scales: {
      x: { range: (_chart, _min, max) => [max - range, max] },
      y: { range: (_chart, _min, max) => [0, scaleTop(max, SCALE_FLOOR)] },
    },
    axes: axes(host),
    series: [
      {},
      ...lines.map(({ label, color }) => ({
        label,
        stroke: resolved(host, color),
        width: 1.5,
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: { setCursor: [(chart) => hovered(chart.cursor.idx ?? null)] },
  };
}

function strokeOf(chart: uPlot, series: number): string {
  const stroke = chart.series[series]?.stroke;
  return typeof stroke === 'function' ? String(stroke(chart, series)) : 'transparent';
}
