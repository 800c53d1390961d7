using System.Security.Cryptography;
using System.Text;
using Mesh.Monitoring.Webhooks;

namespace Mesh.Monitoring.Tests.Webhooks;

public sealed class WebhookSignatureTests
{
    // The example of the specification of Standard Webhooks.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    [Fact]
    public void It_is_the_signature_of_the_specification() => Sign(Secret).ShouldBe(Signature);

    [Fact]
    public void While_a_secret_replaces_another_both_sign()
    {
        var other = WebhookSignature.NewSecret();
        Sign(other, Secret).ShouldBe($"{Sign(other)} {Signature}");
    }

    [Fact]
    public void A_secret_is_32_random_bytes()
    {
        var secret = WebhookSignature.NewSecret();
        secret.ShouldStartWith("whsec_");
        Convert.FromBase64String(secret["whsec_".Length..]).Length.ShouldBe(32);
        WebhookSignature.NewSecret().ShouldNotBe(secret);
    }

    [Fact]
    public void A_sealed_secret_opens_where_it_belongs_and_with_its_key_alone()
    {
        var secrets = new WebhookSecrets(RandomNumberGenerator.GetBytes(32));
        var box = secrets.Seal("demo", "ci", Secret);
        Encoding.UTF8.GetString(box).ShouldNotContain(Secret[6..]);
        secrets.Open("demo", "ci", box).ShouldBe(Secret);
        secrets.Open("demo", "other", box).ShouldBeNull();
        secrets.Open("other", "ci", box).ShouldBeNull();
        new WebhookSecrets(RandomNumberGenerator.GetBytes(32)).Open("demo", "ci", box).ShouldBeNull();
        box[^1] ^= 1;
        secrets.Open("demo", "ci", box).ShouldBeNull();
        secrets.Open("demo", "ci", []).ShouldBeNull();
    }

    private static string Sign(params string[] secrets) =>
        WebhookSignature.Sign(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""u8);
}
