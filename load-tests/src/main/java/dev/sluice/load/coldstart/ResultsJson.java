package dev.sluice.load.coldstart;

import dev.sluice.json.JsonWriter;

/** Results as JSON: every measurement, and what is needed to repeat them. Seconds and bytes. */
final class ResultsJson {
  private static final int DECIMALS = 3;

  private ResultsJson() {}

  static String of(Results results) {
    JsonWriter w = new JsonWriter().beginObject();
    w.name("begun").value(results.begun().toString());
    w.name("seed").value(results.options().seed());
    w.name("rounds").value(results.options().runs());
    w.name("index").value(results.options().convert() ? "in the image" : "beside the image");
    w.name("unpigz").value(results.options().unpigz());
    w.name("settled").value(results.options().settle());
    w.name("machine").beginObject();
    results.machine().forEach((name, value) -> w.name(name).value(value));
    w.endObject();
    w.name("images").beginArray();
    for (Image image : results.images()) {
      w.beginObject().name("name").value(image.name());
      w.name("compressed_bytes").value(image.compressedBytes());
      w.name("layers").values(image.layers()).endObject();
    }
    w.endArray().name("links").beginArray();
    for (Calibration it : results.calibrations()) {
      w.beginObject().name("link").value(it.link().name());
      w.name("connect_ms").value(it.connectMillis(), DECIMALS);
      w.name("request_ms").value(it.requestMillis(), DECIMALS);
      w.name("megabits_per_second").value(it.megabitsPerSecond(), 1).endObject();
    }
    w.endArray().name("measurements").beginArray();
    results.measurements().forEach(it -> measurement(w, it));
    w.endArray().name("medians").beginArray();
    for (Link link : results.options().links()) {
      results.summaries(link).forEach(it -> median(w, it));
    }
    return w.endArray().name("problems").values(results.problems()).endObject().toString();
  }

  private static void measurement(JsonWriter w, Measurement it) {
    w.beginObject().name("image").value(it.image());
    w.name("link").value(it.link().name());
    w.name("mode").value(it.mode().word());
    w.name("round").value(it.round());
    w.name("pull").value(it.pullSeconds(), DECIMALS);
    w.name("create").value(it.createSeconds(), DECIMALS);
    w.name("ready").value(it.readySeconds(), DECIMALS);
    w.name("bytes").value(it.bytes());
    w.name("requests").value(it.requests());
    w.name("connections").value(it.connections());
    w.name("layer_bytes").value(it.layerBytes());
    w.name("touched_bytes").value(it.touchedBytes());
    w.name("faces").values(it.faces());
    w.name("daemon_cpu").value(it.daemonCpuSeconds(), DECIMALS);
    w.name("client_cpu").value(it.clientCpuSeconds(), DECIMALS);
    w.name("daemon_peak_mib").value(it.daemonPeakMiB(), 1).endObject();
  }

  private static void median(JsonWriter w, Summary it) {
    w.beginObject().name("image").value(it.image());
    w.name("link").value(it.link().name());
    w.name("mode").value(it.mode().word());
    w.name("runs").value(it.runs().size());
    w.name("ready").value(it.ready(), DECIMALS);
    w.name("ready_least").value(it.least(Measurement::readySeconds), DECIMALS);
    w.name("ready_most").value(it.most(Measurement::readySeconds), DECIMALS);
    w.name("bytes").value(Math.round(it.median(Measurement::bytes)));
    double ratio = it.median(Measurement::fetchedPerTouched);
    if (!Double.isNaN(ratio)) {
      w.name("fetched_per_touched").value(ratio, DECIMALS);
    }
    w.name("requests").value(it.median(Measurement::requests), 1).endObject();
  }
}
