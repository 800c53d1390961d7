using System.Security.Cryptography;
using Mesh.Monitoring.Webhooks;
using Microsoft.Extensions.Options;

namespace Mesh.Monitoring.Tests.Webhooks;

/// <summary>Where events may be sent.</summary>
public sealed class WebhookSenderTests
{
    private static readonly WebhookSecrets Secrets = new(RandomNumberGenerator.GetBytes(32));

    [Theory]
    [InlineData("https://example.com/hook", true)]
    [InlineData("http://example.com/hook", false)]
    [InlineData("https://10.0.0.1/", false)]
    [InlineData("https://169.254.169.254/latest/meta-data", false)]
    [InlineData("https://[fd00::1]/", false)]
    [InlineData("https://127.0.0.1:8443/", false)]
    [InlineData("https://localhost/", false)]
    [InlineData("http://localhost:9000/", false)]
    [InlineData("https://[::ffff:127.0.0.1]/", false)]
    public void Elsewhere_than_on_a_laptop_receivers_are_public_and_https(string url, bool may) => May(new(), url).ShouldBe(may);

    [Theory]
    [InlineData("http://127.0.0.1:9000/", true)]
    [InlineData("http://localhost:9000/", true)]
    [InlineData("http://[::1]:9000/", true)]
    [InlineData("http://10.0.0.1/", false)]
    [InlineData("https://192.168.0.1/", false)]
    [InlineData("http://example.com/", false)]
    public void A_laptop_has_receivers_of_its_own(string url, bool may) => May(new() { AllowLoopback = true }, url).ShouldBe(may);

    [Theory]
    [InlineData("http://ci.internal/", true)]
    [InlineData("http://CI.internal/", true)]
    [InlineData("https://10.0.0.7/", true)]
    [InlineData("http://[fd00::7]/", true)]
    [InlineData("https://10.0.0.8/", false)]
    public void The_operator_lists_hosts_of_the_own_network(string url, bool may) =>
        May(new() { AllowedHosts = ["ci.internal", "10.0.0.7", "fd00::7"] }, url).ShouldBe(may);

    [Theory]
    // A name that leads to this machine is looked at when it is connected to.
    [InlineData("https://localhost.localdomain:9/")]
    [InlineData("https://[::ffff:10.0.0.1]:9/")]
    public async Task What_a_name_leads_to_counts(string url)
    {
        using var sender = Sender(new() { TimeoutSeconds = 2 });
        var delivery = new ClaimedDelivery(new("demo", "ci"), 1, Guid.Empty, 1, 1, url, [Secrets.Seal("demo", "ci", WebhookSignature.NewSecret())], "{}"u8.ToArray());
        (await sender.SendAsync(delivery, default)).Cause.ShouldNotBeNull();
    }

    [Fact]
    public async Task What_cannot_be_signed_is_not_sent()
    {
        using var sender = Sender(new());
        var delivery = new ClaimedDelivery(new("demo", "ci"), 1, Guid.Empty, 1, 1, "https://example.com/", [Secrets.Seal("demo", "other", WebhookSignature.NewSecret())], "{}"u8.ToArray());
        (await sender.SendAsync(delivery, default)).Cause!.ShouldContain("rotate it");
        (await sender.SendAsync(delivery with { Body = null }, default)).Cause!.ShouldContain("journal");
    }

    private static bool May(WebhookOptions options, string url)
    {
        using var sender = Sender(options);
        return sender.Objection(new Uri(url)) is null;
    }

    private static WebhookSender Sender(WebhookOptions options) => new(Options.Create(options), Secrets, TimeProvider.System);
}
