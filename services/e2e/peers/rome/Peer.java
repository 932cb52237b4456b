import com.rometools.rome.io.SyndFeedInput;
import com.rometools.rome.io.XmlReader;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Measures ROME; the protocol is in ../README.md. */
public final class Peer {
    /** Processor time spent before anything is measured, so that hot code is compiled. */
    private static final double WARM_UP_SECONDS = 8;

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private Peer() {}

    public static void main(String[] arguments) throws Exception {
        List<byte[]> bodies = new ArrayList<>();
        List<Integer> counts = new ArrayList<>();
        for (String path : Files.readAllLines(Path.of(arguments[0]))) {
            bodies.add(Files.readAllBytes(Path.of(path)));
            counts.add(items(bodies.get(bodies.size() - 1)));
        }
        System.out.println(counts);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        List<byte[]> chosen = new ArrayList<>();
        for (String index : in.readLine().replaceAll("[^0-9,]", "").split(",")) {
            chosen.add(bodies.get(Integer.parseInt(index)));
        }
        run(chosen, WARM_UP_SECONDS);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(run(chosen, Double.parseDouble(line)));
        }
    }

    private static String run(List<byte[]> chosen, double limit) {
        double start = used();
        long parsed = 0;
        while (used() - start < limit) {
            for (byte[] body : chosen) {
                items(body);
                parsed += body.length;
            }
        }
        return String.format(Locale.ROOT, "{\"bytes\": %d, \"seconds\": %f}", parsed, used() - start);
    }

    /** The number of items in body, -1 for an error. */
    private static int items(byte[] body) {
        try {
            return new SyndFeedInput().build(new XmlReader(new ByteArrayInputStream(body))).getEntries().size();
        } catch (Exception error) {
            return -1;
        }
    }

    /** Processor time of the process, all threads together. */
    private static double used() {
        return SYSTEM.getProcessCpuTime() / 1e9;
    }
}
