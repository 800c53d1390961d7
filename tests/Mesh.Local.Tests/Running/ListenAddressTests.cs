namespace Mesh.Local.Tests.Running;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1", "http://127.0.0.1:7070", "http://127.0.0.1:7070")]
    [InlineData("localhost", "http://127.0.0.1:7070", "http://127.0.0.1:7070")]
    [InlineData("127.0.0.2", "http://127.0.0.2:7070", "http://127.0.0.2:7070")]
    [InlineData("0.0.0.0", "http://0.0.0.0:7070", "http://127.0.0.1:7070")]
    [InlineData("192.0.2.7", "http://192.0.2.7:7070;http://127.0.0.1:7070", "http://127.0.0.1:7070")]
    [InlineData("::", "http://[::]:7070", "http://[::1]:7070")]
    [InlineData("::1", "http://[::1]:7070", "http://[::1]:7070")]
    [InlineData("[::1]", "http://[::1]:7070", "http://[::1]:7070")]
    [InlineData("2001:db8::7", "http://[2001:db8::7]:7070;http://127.0.0.1:7070", "http://127.0.0.1:7070")]
    public void Is_bound_as_given_and_told_as_loopback(string given, string bound, string told)
    {
        var options = LocalOptions.Parse(["--listen", given]);

        options.GatewayListen.ShouldBe(bound);
        options.Gateway.ShouldBe(told);
        new Uri(options.Gateway).IsLoopback.ShouldBeTrue();
    }

    // Kestrel takes what is no IP address for a name, and binds every interface.
    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("+")]
    [InlineData("127.0.0.l")]
    [InlineData("127.1")]
    [InlineData("7")]
    [InlineData("0x7f000001")]
    [InlineData("127.0.0.1:80")]
    [InlineData("[::1]:80")]
    [InlineData("[127.0.0.1]")]
    [InlineData("http://127.0.0.1")]
    [InlineData("example.org")]
    public void Nothing_but_an_address_is_taken(string given) =>
        Should.Throw<ArgumentException>(() => LocalOptions.Parse(["--listen", given])).Message.ShouldContain("--listen");
}
