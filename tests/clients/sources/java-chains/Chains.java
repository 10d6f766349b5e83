import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Says for each chain of a folder whether the JDK accepts it from a client of a TLS server.
 *
 * <p>{@code Chains FOLDER NAME...}: FOLDER/NAME.anchor.pem is what the server trusts, FOLDER/NAME.chain.pem what the
 * client sends.
 */
final class Chains {
  public static void main(String[] arguments) throws GeneralSecurityException, IOException {
    for (int index = 1; index < arguments.length; index++) {
      String name = arguments[index];
      try {
        verify(Path.of(arguments[0]), name);
        System.out.println(name + ": accepted");
      } catch (CertificateException error) {
        System.out.println(name + ": rejected: " + error.getMessage().replace('\n', ' '));
      }
    }
  }

  private static void verify(Path folder, String name) throws GeneralSecurityException, IOException {
    KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
    anchors.load(null, null);
    for (X509Certificate anchor : read(folder.resolve(name + ".anchor.pem"))) {
      anchors.setCertificateEntry("anchor " + anchors.size(), anchor);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(anchors);
    X509Certificate[] chain = read(folder.resolve(name + ".chain.pem"));
    // What a server calls; the type of the key decides nothing for a client.
    ((X509TrustManager) factory.getTrustManagers()[0])
        .checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm());
  }

  private static X509Certificate[] read(Path path) throws GeneralSecurityException, IOException {
    try (InputStream stream = Files.newInputStream(path)) {
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(stream)
          .toArray(X509Certificate[]::new);
    }
  }
}
