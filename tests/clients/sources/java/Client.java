import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * Asks a listener once with java.net.http and prints the body and the status, or the exception and its causes.
 *
 * <p>{@code java -Djdk.net.hosts.file=HOSTS Client.java ADDRESS HOST SERVER_CA 1.2|1.3 [FOLDER/NAME]}
 *
 * <p>HttpClient cannot be told another address than its URI's: HOSTS must name HOST with the one of ADDRESS.
 */
public final class Client {
    private Client() {}

    /** Asks, and exits with 1 when there is no answer. */
    public static void main(String[] arguments) throws InterruptedException {
        try {
            HttpResponse<String> response = ask(arguments);
            System.out.print(response.body() + "\n" + response.statusCode());
        } catch (IOException | GeneralSecurityException exception) {
            System.err.println(exception);
            for (Throwable cause = exception.getCause(); cause != null; cause = cause.getCause()) {
                System.err.println("Caused by: " + cause);
            }
            System.exit(1);
        }
    }

    private static HttpResponse<String> ask(String[] arguments)
            throws IOException, GeneralSecurityException, InterruptedException {
        if (arguments.length < 4) {
            throw new IOException("usage: Client ADDRESS HOST SERVER_CA 1.2|1.3 [FOLDER/NAME]");
        }
        String port = arguments[0].substring(arguments[0].lastIndexOf(':') + 1);
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {"TLSv" + arguments[3]});
        SSLContext context = SSLContext.getInstance("TLS");
        KeyManager[] keys = arguments.length > 4 ? keyManagers(arguments[4]) : null;
        context.init(keys, trustManagers(Path.of(arguments[2])).getTrustManagers(), null);
        HttpClient client =
                HttpClient.newBuilder()
                        .sslContext(context)
                        .sslParameters(parameters)
                        .connectTimeout(Duration.ofSeconds(10))
                        .build();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("https://" + arguments[1] + ":" + port + "/"))
                        .timeout(Duration.ofSeconds(10))
                        .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static TrustManagerFactory trustManagers(Path serverCa) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(serverCa)) {
            store.setCertificateEntry("server", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    private static KeyManager[] keyManagers(String bundle) throws IOException, GeneralSecurityException {
        char[] password = Files.readString(Path.of(bundle + ".p12.password")).strip().toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream packed = Files.newInputStream(Path.of(bundle + ".p12"))) {
            store.load(packed, password);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        return factory.getKeyManagers();
    }
}
