package dev.sluice.load.coldstart;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The images that are measured: services and a data scientist's tools, from Debian's packages. */
public final class Recipes {
  /** Debian's release for all images; its packages change with its point releases only. */
  static final String SUITE = "bookworm";

  /** The first layer: what {@code debootstrap} makes. */
  static final String DEBIAN = "debian";

  /** The first layer of the image for tests: the machine's own static busybox. */
  static final String BUSYBOX = "busybox";

  static final List<Recipe> ALL =
      List.of(
          new Recipe(
              "redis",
              "small",
              List.of(
                  DEBIAN,
                  "install redis-server",
                  """
                  mkdir -p /data /app
                  chown redis:redis /data
                  printf 'bind 0.0.0.0\\nprotected-mode no\\ndir /data\\nsave ""\\n' >/app/redis.conf
                  """),
              "redis",
              List.of("redis-server", "/app/redis.conf"),
              Pattern.compile("Ready to accept connections")),
          new Recipe(
              "postgres",
              "medium",
              List.of(
                  DEBIAN,
                  """
                  install postgresql-common
                  echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
                  install postgresql-15
                  """,
                  """
                  mkdir -p /data
                  chown postgres:postgres /data
                  setpriv --reuid postgres --regid postgres --init-groups \\
                    /usr/lib/postgresql/15/bin/initdb -D /data -E UTF8 --no-locale -A trust
                  """),
              "postgres",
              List.of(
                  "/usr/lib/postgresql/15/bin/postgres",
                  "-D",
                  "/data",
                  "-c",
                  "listen_addresses=*",
                  "-c",
                  "unix_socket_directories=/tmp"),
              Pattern.compile("database system is ready to accept connections")),
          new Recipe(
              "node",
              "medium",
              List.of(
                  DEBIAN,
                  "install nodejs",
                  "install node-express node-lodash node-uuid node-ws",
                  """
                  mkdir -p /app
                  cat >/app/server.js <<'END'
                  const express = require('express');
                  const lodash = require('lodash');
                  const uuid = require('uuid');
                  const app = express();
                  app.get('/', (request, answer) =>
                    answer.send(lodash.kebabCase('Hello there') + uuid.v4()));
                  app.listen(8080, '0.0.0.0', () => console.log('listening on 8080'));
                  END
                  """),
              "root",
              List.of("node", "/app/server.js"),
              Pattern.compile("listening on 8080")),
          new Recipe(
              "java",
              "medium",
              List.of(
                  DEBIAN,
                  "install openjdk-17-jre-headless",
                  "install jetty9",
                  """
                  mkdir -p /app/webapps/root /app/logs
                  echo hello >/app/webapps/root/index.html
                  cd /app
                  java -jar /usr/share/jetty9/start.jar jetty.home=/usr/share/jetty9 jetty.base=/app \\
                    --create-startd --add-to-start=http,deploy
                  """),
              "root",
              List.of(
                  "java",
                  "-jar",
                  "/usr/share/jetty9/start.jar",
                  "jetty.home=/usr/share/jetty9",
                  "jetty.base=/app"),
              Pattern.compile("Started (Server)?@")),
          new Recipe(
              "torch",
              "large",
              List.of(
                  DEBIAN,
                  "install python3 python3-pip build-essential ninja-build",
                  """
                  install python3-numpy python3-scipy python3-pandas python3-sklearn \\
                    python3-matplotlib python3-numba python3-opencv jupyter-notebook
                  """,
                  "install python3-torch python3-torchvision libtorch-dev pybind11-dev",
                  """
                  mkdir -p /app
                  cat >/app/main.py <<'END'
                  import torch, numpy, scipy.linalg, pandas
                  a = torch.rand(64, 64) @ torch.rand(64, 64)
                  b = scipy.linalg.inv(a.numpy() + 64 * numpy.eye(64))
                  frame = pandas.DataFrame(b).describe()
                  print('ready', torch.__version__, frame.shape, flush=True)
                  END
                  """),
              "root",
              List.of("python3", "/app/main.py"),
              Pattern.compile("^ready ")),
          new Recipe(
              "busybox",
              "tiny",
              List.of(
                  BUSYBOX,
                  """
                  mkdir -p /app
                  i=0
                  while [ $i -lt 40 ]; do
                    head -c 100000 /dev/urandom >/app/data-$i
                    i=$((i + 1))
                  done
                  """,
                  """
                  printf '#!/bin/sh\\ncat /app/data-1? | md5sum\\necho ready\\nexec sleep 600\\n' >/app/run
                  chmod 755 /app/run
                  """),
              "root",
              List.of("/app/run"),
              Pattern.compile("^ready$")));

  private Recipes() {}

  /** Those that are meant by names or sizes, in the order of {@link #ALL}. */
  public static List<Recipe> named(List<String> words) {
    List<Recipe> found = new ArrayList<>();
    for (String word : words) {
      List<Recipe> meant =
          ALL.stream().filter(it -> it.name().equals(word) || it.size().equals(word)).toList();
      if (meant.isEmpty()) {
        throw new IllegalArgumentException(
            "there is no image '%s'; there are %s".formatted(word, names()));
      }
      found.addAll(meant);
    }
    return ALL.stream().filter(found::contains).toList();
  }

  static List<String> names() {
    return ALL.stream().map(Recipe::name).toList();
  }
}
