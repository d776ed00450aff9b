// HOST PORT. Prints a line of JSON per case.
"use strict";
const assert = require("assert");
const Consul = require("consul");

const client = new Consul({host: process.argv[2], port: Number(process.argv[3])});

const cases = {
  async "values and compare-and-set"() {
    assert.strictEqual(await client.kv.set("js/a", "1"), true);
    assert.strictEqual((await client.kv.get("js/a")).Value, "1");
    assert.ok(!await client.kv.set({key: "js/a", value: "2", cas: "0"}));
    assert.deepStrictEqual(await client.kv.keys("js/"), ["js/a"]);
    await client.kv.del({key: "js/", recurse: true});
    assert.strictEqual(await client.kv.get("js/a"), undefined);
  },
  async "sessions and locks"() {
    const session = (await client.session.create({name: "js", lockdelay: "0s"})).ID;
    assert.strictEqual(await client.kv.set({key: "jslock", value: "x", acquire: session}), true);
    assert.strictEqual((await client.kv.get("jslock")).Session, session);
    assert.strictEqual(await client.kv.set({key: "jslock", value: "x", release: session}), true);
    assert.strictEqual((await client.session.get(session)).Name, "js");
    await client.session.destroy(session);
  },
  async "services and checks"() {
    await client.agent.service.register({
      name: "jsweb", id: "jsweb-1", port: 83, tags: ["x"],
      checks: [{ttl: "10s", status: "passing"}, {ttl: "20s"}],
    });
    assert.ok((await client.agent.service.list())["jsweb-1"]);
    await client.agent.check.pass("service:jsweb-1:2");
    const well = await client.health.service({service: "jsweb", passing: true});
    assert.strictEqual(well[0].Service.Port, 83);
    assert.strictEqual((await client.catalog.service.nodes("jsweb"))[0].ServiceTags[0], "x");
    await client.agent.service.maintenance({id: "jsweb-1", enable: true, reason: "r"});
    assert.deepStrictEqual(await client.health.service({service: "jsweb", passing: true}), []);
    await client.agent.service.deregister("jsweb-1");
  },
  async "transactions"() {
    const done = await client.transaction.create([{
      KV: {Verb: "set", Key: "jstxn", Value: Buffer.from("1").toString("base64")},
    }]);
    assert.strictEqual(done.Results[0].KV.Key, "jstxn");
  },
  async "a watch hears of every change"() {
    const seen = [];
    const watch = client.watch({method: client.kv.get, options: {key: "jswatch", wait: "5s"}});
    watch.on("change", (data) => seen.push(data && data.Value));
    watch.on("error", () => {});
    for (const value of ["one", "two"]) {
      await client.kv.set("jswatch", value);
      const end = Date.now() + 10000;
      while (!seen.includes(value)) {
        assert.ok(Date.now() < end, `seen: ${seen}`);
        await new Promise((done) => setTimeout(done, 10));
      }
    }
    watch.end();
  },
  async "errors are the server's words"() {
    await assert.rejects(client.agent.service.deregister("nobody"), {statusCode: 404});
    await assert.rejects(client.session.create({ttl: "1s"}), /Invalid Session TTL/);
  },
  async "status and members"() {
    assert.ok((await client.status.leader()).endsWith(":8300"));
    assert.strictEqual((await client.agent.members())[0].Name, "n1");
  },
};

async function main() {
  for (const [name, run] of Object.entries(cases)) {
    let why = "";
    try {
      await run();
    } catch (error) {
      why = String(error && error.stack || error);
    }
    console.log(JSON.stringify({case: name, good: why === "", why}));
  }
}

main().then(() => process.exit(0));
