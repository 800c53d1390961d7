using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Functions.Tests.Doubles;

/// <summary>An authority that is trusted by nobody who has not got its certificate.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly DateTimeOffset _from = DateTimeOffset.UtcNow.AddDays(-1);
    private readonly DateTimeOffset _to = DateTimeOffset.UtcNow.AddDays(30);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _own;

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=Test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _own = request.CreateSelfSigned(_from, _to);
    }

    /// <summary>Its certificate.</summary>
    public string Pem => _own.ExportCertificatePem();

    /// <summary>A certificate, with its key, of a server at <c>localhost</c> and 127.0.0.1.</summary>
    public X509Certificate2 OfServer()
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var whole = Issue("CN=localhost", key, names.Build());
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>A certificate of a client, and its key.</summary>
    public (string Certificate, string Key) OfClient(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = Issue($"CN={name}", key, null);
        return (issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _own.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Issue(string subject, ECDsa key, X509Extension? extension)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        if (extension is not null) request.CertificateExtensions.Add(extension);
        using var issued = request.Create(_own, _from, _to, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
