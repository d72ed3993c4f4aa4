import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;

/** Answers each request with the number of words in its body, and makes much garbage meanwhile. With "keep", it remembers every body. */
public class Server {
    static final List<byte[]> kept = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        boolean keep = arguments[1].equals("keep");
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            List<String> words = new ArrayList<>();
            for (int round = 0; round < 20; round++) {
                words = new ArrayList<>(List.of(new String(body).split(" ")));
            }
            if (keep) {
                synchronized (kept) {
                    kept.add(body);
                }
            }
            byte[] answer = String.valueOf(words.size()).getBytes();
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }
}
