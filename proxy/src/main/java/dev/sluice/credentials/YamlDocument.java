package dev.sluice.credentials;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonWriter;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** YAML as JSON in which every scalar is the string that was written. */
final class YamlDocument {
  private static final int DEEPEST = 20;
  private static final int MOST_NODES = 100_000;

  private final String name;
  private final JsonWriter out = new JsonWriter();
  private int nodes;

  private YamlDocument(String name) {
    this.name = name;
  }

  /**
   * @param name names the document in messages
   * @throws SluiceException CORRUPT with line and column, not quoting the text
   */
  static byte[] toJson(String name, byte[] yaml) {
    YamlDocument document = new YamlDocument(name);
    try {
      LoaderOptions options = new LoaderOptions();
      options.setAllowDuplicateKeys(false);
      String text = new String(yaml, StandardCharsets.UTF_8);
      Node root = new Yaml(options).compose(new StringReader(text));
      if (!(root instanceof MappingNode)) {
        throw document.failure("it is no mapping", "");
      }
      document.write(root, 0);
      return document.out.toBytes();
    } catch (MarkedYAMLException e) {
      String where =
          e.getProblemMark() == null
              ? ""
              : " at line %d, column %d"
                  .formatted(e.getProblemMark().getLine() + 1, e.getProblemMark().getColumn() + 1);
      // The cause isn't kept: its text quotes the document, which may hold secrets.
      throw document.failure("it is no YAML", where);
    } catch (YAMLException | IllegalArgumentException | StackOverflowError _) {
      // The second is what its parser makes of an escape like \x without digits.
      throw document.failure("it is no YAML that is read here", "");
    }
  }

  private void write(Node node, int depth) {
    if (depth > DEEPEST || ++nodes > MOST_NODES) {
      throw failure("it is nested too deep or too long", "");
    }
    switch (node) {
      case MappingNode mapping -> {
        out.beginObject();
        for (NodeTuple member : mapping.getValue()) {
          if (member.getKeyNode() instanceof ScalarNode key && !isNull(member.getValueNode())) {
            out.name(key.getValue());
            write(member.getValueNode(), depth + 1);
          }
        }
        out.endObject();
      }
      case SequenceNode sequence -> {
        out.beginArray();
        for (Node item : sequence.getValue()) {
          write(item, depth + 1);
        }
        out.endArray();
      }
      case ScalarNode scalar -> out.value(scalar.getValue());
      default -> throw failure("it holds a node of unknown kind", "");
    }
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private SluiceException failure(String what, String where) {
    return new SluiceException(FailureKind.CORRUPT, "read " + name + ": " + what + where);
  }
}
