// Data for the mock node: a fleet with one of everything, a healthy one, an empty one, a hostile one. Fixed values, so
// that two runs draw the same page; only `moved` rolls dice.

const STEP_MS = 1000;

function instance(id, port, change = {}) {
  return {
    id,
    address: `127.0.0.1:${port}`,
    status: 'healthy',
    breaker: 'closed',
    active: 2,
    drained: null,
    last_check_time: new Date(Date.now() - 800).toISOString(),
    response_time_ms: 1.8,
    output: '200 OK',
    ...change,
  };
}

export function service(name, change = {}) {
  const instances = change.instances ?? [instance(`${name}-1`, 8001), instance(`${name}-2`, 8101)];
  return {
    name,
    status: 'healthy',
    instances_total: instances.length,
    instances_healthy: instances.filter(({ status }) => status === 'healthy').length,
    requests_per_second: 84.2,
    error_ratio: 0,
    p95_ms: 12.4,
    breakers_open: 0,
    last_check_time: instances[0]?.last_check_time ?? null,
    response_time_ms: 1.8,
    beats: 'h'.repeat(30),
    beat_seconds: 1,
    tags: ['core'],
    version: '1.4.2',
    description: '',
    icon: '',
    ...change,
    instances,
  };
}

/** Points of the last `count` seconds with a calm line and one bump of trouble. */
export function points(count, now = Date.now()) {
  const last = Math.floor(now / STEP_MS) * STEP_MS;
  return Array.from({ length: count }, (_, i) => {
    const wave = Math.sin(i / 9) * 18 + Math.sin(i / 2.3) * 7;
    const isBump = i > count * 0.7 && i < count * 0.76;
    return {
      time: new Date(last - (count - 1 - i) * STEP_MS).toISOString(),
      requests_per_second: Math.round(480 + wave * 2),
      error_ratio: isBump ? 0.06 : 0.002,
      p50_ms: 3.1 + wave / 30,
      p95_ms: (isBump ? 42 : 11) + wave / 8,
      p99_ms: (isBump ? 78 : 24) + wave / 4,
    };
  });
}

export function totalsOf(services, change = {}) {
  const count = (status) => services.filter((one) => one.status === status).length;
  const sum = (key) => services.reduce((total, one) => total + one[key], 0);
  return {
    services: services.length,
    healthy: count('healthy'),
    degraded: count('degraded'),
    unhealthy: count('unhealthy'),
    unknown: count('unknown'),
    instances: sum('instances_total'),
    instances_healthy: sum('instances_healthy'),
    requests_per_second: 512,
    error_ratio: 0.0042,
    p50_ms: 3.1,
    p95_ms: 11.8,
    p99_ms: 25.2,
    ...change,
  };
}

export function overview(services, change = {}) {
  return {
    node: { name: 'node-1', version: '0.1.0', uptime_seconds: 5025, warnings: [] },
    totals: totalsOf(services),
    services,
    series: { step_seconds: 1, points: points(300) },
    ...change,
  };
}

export function fleet() {
  const broken = instance('reinstallation-1', 8003, {
    status: 'unhealthy',
    breaker: 'open',
    active: 0,
    response_time_ms: null,
    output: 'connect: connection refused',
  });
  const slow = instance('optimization-2', 8104, { status: 'unhealthy', breaker: 'half_open', output: 'no answer within 1 s' });
  return overview([
    service('discovery', { description: 'system scanning', icon: '◎', instances: [instance('discovery-1', 8001), instance('discovery-2', 8101)] }),
    service('factory-reset', { description: 'cleanup operations', requests_per_second: 31.7, instances: [instance('factory-reset-1', 8002)] }),
    service('reinstallation', {
      status: 'unhealthy',
      description: 'package management',
      requests_per_second: 22.4,
      error_ratio: 0.184,
      p95_ms: 61.2,
      breakers_open: 1,
      response_time_ms: null,
      beats: `${'h'.repeat(19)}dduuuuuuuuu`,
      instances: [broken],
    }),
    service('optimization', {
      status: 'degraded',
      description: 'performance tuning',
      requests_per_second: 140,
      error_ratio: 0.004,
      p95_ms: 18.9,
      breakers_open: 1,
      beats: `${'h'.repeat(24)}dddhdd`,
      instances: [instance('optimization-1', 8004), slow],
    }),
    service('terminal-config', { description: 'shell customization', requests_per_second: 0, error_ratio: null, p95_ms: null, instances: [instance('terminal-config-1', 8005)] }),
    service('metrics-collector', {
      status: 'unknown',
      description: 'metrics collection',
      requests_per_second: null,
      error_ratio: null,
      p95_ms: null,
      response_time_ms: null,
      last_check_time: null,
      beats: '',
      instances: [instance('metrics-collector-1', 8006, { status: 'unknown', breaker: null, active: null, last_check_time: null, response_time_ms: null, output: '' })],
    }),
  ]);
}

export function healthyFleet() {
  const names = ['discovery', 'factory-reset', 'reinstallation', 'optimization', 'terminal-config', 'metrics-collector'];
  return overview(names.map((name) => service(name)));
}

export function emptyFleet() {
  const nothing = { requests_per_second: 0, error_ratio: null, p50_ms: null, p95_ms: null, p99_ms: null };
  return overview([], { totals: totalsOf([], nothing), series: { step_seconds: 1, points: [] } });
}

/** What a careless or malicious registrant can send. */
export function hostileFleet(count) {
  const services = Array.from({ length: count }, (_, i) => service(`service-${String(i).padStart(4, '0')}`));
  services[0] = service('<script>globalThis.owned = 1</script>', {
    description: '<img src=x onerror="globalThis.owned = 2">',
    icon: '<b>',
    instances: [instance('x', 1, { address: 'javascript:globalThis.owned=3' })],
  });
  services[1] = service('x'.repeat(65_536), { tags: ['ـعربي'], description: 'שלום עולם مرحبا' });
  services[2] = { name: 'bare' };
  services[3] = service('odd', { requests_per_second: 'many', error_ratio: 1e400, p95_ms: -0, beats: 'zzz' });
  services[3].instances = [null, 7];
  return overview(services, { totals: { services: count, requests_per_second: 'lots' }, node: null });
}

/** The next second of `data`, written into it; returns the delta that says so. */
export function moved(data) {
  const roll = (size) => (Math.random() - 0.5) * size;
  for (const one of data.services) {
    if (one.requests_per_second) one.requests_per_second = Math.max(1, one.requests_per_second + roll(6));
    for (const each of one.instances) each.last_check_time &&= new Date().toISOString();
    one.last_check_time &&= new Date().toISOString();
    const newest = { healthy: 'h', degraded: 'd', unhealthy: 'u', unknown: '-' }[one.status];
    one.beats = (one.beats + newest).slice(-30);
  }
  const [point] = points(1);
  point.requests_per_second = 480 + roll(60);
  point.p95_ms += roll(4);
  data.series.points = [...data.series.points.filter(({ time }) => time < point.time).slice(-299), point];
  data.totals.requests_per_second = 500 + roll(20);
  return { services: { changed: data.services, removed: [] }, totals: data.totals, series: [point] };
}
