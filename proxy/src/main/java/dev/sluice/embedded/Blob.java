package dev.sluice.embedded;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import java.nio.file.Path;

/** Stored bytes: in memory if small, else in a file. */
sealed interface Blob {
  long size();

  Future<Reader> open(Vertx vertx);

  /** Reads stored bytes piece by piece. */
  interface Reader {
    Future<Buffer> read(long at, int length);

    void close();
  }

  record InMemory(byte[] bytes) implements Blob {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public Future<Reader> open(Vertx vertx) {
      Buffer all = Buffer.buffer(bytes);
      return Future.succeededFuture(
          new Reader() {
            @Override
            public Future<Buffer> read(long at, int length) {
              return Future.succeededFuture(all.getBuffer((int) at, (int) at + length));
            }

            @Override
            public void close() {}
          });
    }
  }

  record InFile(Path path, long size) implements Blob {
    @Override
    public Future<Reader> open(Vertx vertx) {
      OpenOptions options = new OpenOptions().setRead(true).setCreate(false).setWrite(false);
      return vertx.fileSystem().open(path.toString(), options).map(FileReader::new);
    }
  }

  record FileReader(AsyncFile file) implements Reader {
    @Override
    public Future<Buffer> read(long at, int length) {
      return file.read(Buffer.buffer(length), 0, at, length);
    }

    @Override
    public void close() {
      file.close()
          .onFailure(cause -> {
            throw new IllegalStateException("close a stored blob", cause);
          });
    }
  }
}
