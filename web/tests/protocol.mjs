// Is what a node said on /ws/ui as PROTOCOL.md says? Returns sentences about what is not; none when all is well.

const STATUSES = ['healthy', 'degraded', 'unhealthy', 'unknown'];
const isText = (value) => typeof value === 'string';
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isMeasured = (value) => value === null || value === undefined || (typeof value === 'number' && value >= 0);
const isRatio = (value) => isMeasured(value) && (value ?? 0) <= 1;
const isTime = (value) => isText(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);
const isOptional = (check) => (value) => value === null || value === undefined || check(value);
const isListOf = (check) => (value) => Array.isArray(value) && value.every(check);
const isOneOf = (words) => (value) => words.includes(value);

const POINT = { time: isTime, requests_per_second: isMeasured, error_ratio: isRatio, p50_ms: isMeasured, p95_ms: isMeasured, p99_ms: isMeasured };
const NODE = { name: isText, version: isText, uptime_seconds: isMeasured, warnings: isListOf(isText) };
const TOTALS = {
  services: isCount,
  healthy: isCount,
  degraded: isCount,
  unhealthy: isCount,
  unknown: isCount,
  instances: isCount,
  instances_healthy: isCount,
  requests_per_second: isMeasured,
  error_ratio: isRatio,
  p50_ms: isMeasured,
  p95_ms: isMeasured,
  p99_ms: isMeasured,
};
const INSTANCE = {
  id: (value) => isText(value) && value !== '',
  address: (value) => isText(value) && /:\d+$/.test(value),
  status: isOneOf(STATUSES),
  breaker: isOptional(isOneOf(['closed', 'open', 'half_open'])),
  active: isOptional(isCount),
  drained: isOptional((value) => isText(value) && [...value].length <= 256),
  last_check_time: isOptional(isTime),
  response_time_ms: isMeasured,
  output: isOptional((value) => isText(value) && [...value].length <= 256),
};
const SERVICE = {
  name: (value) => isText(value) && value !== '',
  status: isOneOf(STATUSES),
  instances_total: isCount,
  instances_healthy: isCount,
  requests_per_second: isMeasured,
  error_ratio: isRatio,
  p95_ms: isMeasured,
  breakers_open: isCount,
  last_check_time: isOptional(isTime),
  response_time_ms: isMeasured,
  beats: (value) => isText(value) && /^[hdu-]{0,30}$/.test(value),
  beat_seconds: isMeasured,
  instances: Array.isArray,
  tags: isOptional(isListOf(isText)),
  version: isOptional(isText),
  description: isOptional(isText),
  icon: isOptional(isText),
};

function shapeErrors(where, value, shape) {
  if (typeof value !== 'object' || value === null) return [`${where} is no object`];
  return Object.entries(shape)
    .filter(([name, check]) => !check(value[name]))
    .map(([name]) => `${where}.${name} is ${JSON.stringify(value[name])}`);
}

function serviceErrors(service) {
  const where = `service ${service?.name}`;
  const errors = shapeErrors(where, service, SERVICE);
  if (errors.length > 0) return errors;
  for (const instance of service.instances) errors.push(...shapeErrors(`${where}, instance`, instance, INSTANCE));
  const healthy = service.instances.filter(({ status }) => status === 'healthy').length;
  if (service.instances_total !== service.instances.length) errors.push(`${where} counts ${service.instances_total} instances`);
  if (service.instances_healthy !== healthy) errors.push(`${where} counts ${service.instances_healthy} healthy instances`);
  return errors;
}

function pointsErrors(points) {
  if (!Array.isArray(points)) return ['the points are no list'];
  const errors = points.flatMap((point) => shapeErrors('a point', point, POINT));
  const isSorted = points.every((point, i) => i === 0 || points[i - 1].time < point.time);
  return isSorted ? errors : [...errors, 'points are not in the order of time'];
}

function snapshotErrors(data) {
  const errors = [...shapeErrors('node', data?.node, NODE), ...shapeErrors('totals', data?.totals, TOTALS)];
  if (!Array.isArray(data?.services)) return [...errors, 'services is no list'];
  errors.push(...data.services.flatMap(serviceErrors), ...pointsErrors(data.series?.points));
  const { services, healthy, degraded, unhealthy, unknown } = data.totals ?? {};
  if (services !== data.services.length) errors.push(`totals count ${services} services, ${data.services.length} were sent`);
  if (services !== healthy + degraded + unhealthy + unknown) errors.push('the services by status do not add up');
  if (new Set(data.services.map(({ name }) => name)).size !== data.services.length) errors.push('a name is there twice');
  return errors;
}

function deltaErrors(data) {
  const { services = {}, totals, node, series } = data ?? {};
  return [
    ...(services.changed ?? []).flatMap(serviceErrors),
    ...((services.removed ?? []).every(isText) ? [] : ['removed holds more than names']),
    ...(totals ? shapeErrors('totals', totals, TOTALS) : []),
    ...(node ? shapeErrors('node', node, NODE) : []),
    ...(series === undefined ? [] : pointsErrors(series)),
  ];
}

/** `frames`: decoded frames of one subscription, oldest first. */
export function frameErrors(frames) {
  if (frames[0]?.op !== 'snapshot') return [`the first frame is ${frames[0]?.op ?? 'missing'}, not a snapshot`];
  return frames.flatMap((frame, place) => {
    const { op, topic, epoch, index, from, time, data } = frame;
    const errors = op === 'snapshot' ? snapshotErrors(data) : op === 'delta' ? deltaErrors(data) : [`op is ${op}`];
    const before = frames[place - 1];
    if (topic !== 'overview') errors.push(`topic is ${topic}`);
    if (!isText(epoch) || epoch === '' || epoch.length > 64) errors.push(`epoch is ${JSON.stringify(epoch)}`);
    if (!isCount(index)) errors.push(`index is ${index}`);
    if (!isTime(time)) errors.push(`time is ${time}`);
    if (op === 'delta' && from !== before?.index) errors.push(`from is ${from}, the last index was ${before?.index}`);
    if (before && index <= before.index) errors.push(`index ${index} follows ${before.index}`);
    return errors.map((error) => `frame ${place}: ${error}`);
  });
}

/**
 * `sent`: when each frame was sent, in milliseconds, by its `time` (arrival says more about a busy machine than about the
 * node). The pace is at most 4 a second and at least one, with a second of grace.
 */
export function paceErrors(sent) {
  const errors = [];
  for (let i = 1; i < sent.length; i += 1) {
    if (sent[i] - sent[i - 1] > 2000) errors.push(`${sent[i] - sent[i - 1]} ms of silence`);
    if (i >= 5 && sent[i] - sent[i - 5] < 950) errors.push(`six frames within ${sent[i] - sent[i - 5]} ms`);
  }
  return errors;
}
