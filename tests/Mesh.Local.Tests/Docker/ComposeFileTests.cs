using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Mesh.Hosting;
using Mesh.Testing;
using Microsoft.Extensions.Configuration;

namespace Mesh.Local.Tests.Docker;

/// <summary>No container engine runs where the tests do: the compose file is held against the code that reads its settings.</summary>
public sealed partial class ComposeFileTests
{
    private static readonly ComposeFile Compose = ComposeFile.Read();
    private static readonly string Dockerfile = File.ReadAllText(RepositoryPath.Of("infra/docker/Dockerfile"));

    public static TheoryData<string> Own => [.. Compose.Own.Select(s => s.Name)];

    [Fact]
    public void Every_service_and_the_gateway_is_a_container_of_its_own()
    {
        var folders = Directory.GetDirectories(RepositoryPath.Of("services"))
            .Where(folder => File.Exists(Path.Combine(folder, "Program.cs"))).Select(Path.GetFileName);

        Compose.Own.Select(s => s.Name).ShouldBe(folders.Append("gateway")!, ignoreOrder: true);
        Compose.Services.Keys.Except(Compose.Own.Select(s => s.Name)).ShouldBe(["postgres", "rabbitmq"], ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void Its_settings_are_such_as_the_service_accepts(string name)
    {
        var configuration = Configuration(Compose.Services[name]);

        var options = MeshOptions.Read(configuration, store: name != "gateway");

        options.RabbitMq.ShouldNotBeNull();
        options.DataPath.ShouldBe("/data");
        options.KeyPath.ShouldBe("/keys");
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void Every_setting_is_one_that_the_code_knows(string name)
    {
        var known = KnownSettings();

        foreach (var key in Compose.Services[name].Environment.Keys)
        {
            var setting = key.Replace("__", ":", StringComparison.Ordinal);
            (known.Contains(setting) || setting.StartsWith("Mesh:Services:", StringComparison.Ordinal)).ShouldBeTrue($"{key} is not a setting of any options type");
        }
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void Services_are_called_where_they_listen(string name)
    {
        var options = MeshOptions.Read(Configuration(Compose.Services[name]), store: false);

        foreach (var (service, address) in options.Services)
        {
            new Uri(address).ShouldBe(AddressInside(service));
        }

        options.Services.Keys.ShouldBe(Compose.Own.Select(s => s.Name).Where(s => s != "gateway"), ignoreOrder: true);
        new Uri(options.Gateway).ShouldBe(AddressInside("gateway"));
        new Uri(options.RabbitMq!).Host.ShouldBe("rabbitmq");
        new Npgsql.NpgsqlConnectionStringBuilder(options.Postgres).Host.ShouldBe("postgres");
    }

    [Fact]
    public void Services_log_in_to_the_stores_with_the_users_these_make()
    {
        var options = MeshOptions.Read(Configuration(Compose.Services["tracking"]));
        var postgres = Compose.Services["postgres"].Environment;
        var rabbitMq = Compose.Services["rabbitmq"].Environment;
        var login = new Npgsql.NpgsqlConnectionStringBuilder(options.Postgres);

        (login.Username, login.Password).ShouldBe((postgres["POSTGRES_USER"], postgres["POSTGRES_PASSWORD"]));
        new Uri(options.RabbitMq!).UserInfo.ShouldBe($"{rabbitMq["RABBITMQ_DEFAULT_USER"]}:{rabbitMq["RABBITMQ_DEFAULT_PASS"]}");
    }

    [Fact]
    public void Only_the_gateway_is_published_and_only_on_loopback()
    {
        Compose.Services.Values.Where(s => s.Ports.Count > 0).ShouldHaveSingleItem().Name.ShouldBe("gateway");
        Compose.Services["gateway"].Ports.ShouldBe(["127.0.0.1:7070:7070"]);
        AddressInside("gateway").Port.ShouldBe(7070);
    }

    [Fact]
    public void Whoever_is_waited_for_says_when_it_is_healthy()
    {
        foreach (var service in Compose.Services.Values)
        {
            foreach (var (on, how) in service.DependsOn)
            {
                ComposeFile.Map(how)["condition"].ShouldBe("service_healthy", $"{service.Name} on {on}");
                Compose.Services[on].List("healthcheck", "test").ShouldNotBeEmpty(on);
            }
        }

        Compose.Own.Where(s => s.Name != "gateway").ShouldAllBe(s => s.DependsOn.ContainsKey("postgres") && s.DependsOn.ContainsKey("rabbitmq"));
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void Runs_as_nobody_special_within_limits(string name)
    {
        var service = Compose.Services[name];

        if (name != "functions") service.Text("user").ShouldBe("10001:10001");
        service.Text("init").ShouldBe("true");
        service.Text("deploy", "resources", "limits", "memory").ShouldNotBeNull();
        service.Mounts.ShouldBe(["keys:/keys", $"{name}:/data", .. name == "projects" ? ["secrets:/secrets"] : Array.Empty<string>()], ignoreOrder: true);
        service.List("healthcheck", "test").ShouldBe(["CMD", "/app/healthcheck"]);
        Dockerfile.ShouldContain("USER 10001:10001");
    }

    [Fact]
    public void Functions_becomes_nobody_special_at_once_and_keeps_what_it_takes_to_run_jobs_as_nobody()
    {
        var functions = Compose.Services["functions"];
        var capabilities = functions.List("cap_add");

        functions.List("cap_drop").ShouldBe(["ALL"]);
        capabilities.ShouldBe(["SETUID", "SETGID", "CHOWN", "KILL", "SYS_PTRACE", "DAC_OVERRIDE"]);
        var kept = "=-all," + string.Join(',', capabilities.Select(c => $"+{c.ToLowerInvariant()}"));
        functions.List("entrypoint").ShouldBe(
            ["setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--inh-caps" + kept, "--ambient-caps" + kept, "--", "/app/run"]);
        functions.Environment["Functions__JobUser"].ShouldBe("65534:65534");
    }

    [Fact]
    public void Mounts_are_of_volumes_that_are_declared()
    {
        var mounted = Compose.Services.Values.SelectMany(s => s.Mounts).Select(m => m.Split(':')[0]).Distinct();

        mounted.ShouldBe(Compose.Volumes, ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void Is_built_from_projects_that_exist_by_arguments_that_the_Dockerfile_takes(string name)
    {
        var arguments = Compose.Services[name].BuildArguments;
        var taken = Argument().Matches(Dockerfile).Select(m => m.Groups[1].Value).ToHashSet();

        arguments.Keys.Where(a => !taken.Contains(a)).ShouldBeEmpty();
        arguments.Where(a => a.Key.EndsWith("PROJECT", StringComparison.Ordinal)).ShouldAllBe(a => File.Exists(RepositoryPath.Of(a.Value)));
        Compose.Services[name].Text("build", "dockerfile").ShouldBe("infra/docker/Dockerfile");
    }

    [Fact]
    public void The_hub_is_where_functions_looks_for_it()
    {
        var functions = Compose.Services["functions"];
        var project = Path.GetFileNameWithoutExtension(functions.BuildArguments["CHILD_PROJECT"]);

        functions.Environment["Functions__HubPath"].ShouldBe($"/app/{project}/{project}.dll");
    }

    [Fact]
    public void No_image_names_a_registry()
    {
        var images = Compose.Services.Values.Select(s => s.Text("image")!)
            .Concat(Compose.Own.SelectMany(s => s.BuildArguments.Where(a => a.Key.EndsWith("IMAGE", StringComparison.Ordinal)).Select(a => a.Value)))
            .Concat(ImageDefault().Matches(Dockerfile).Select(m => m.Groups[1].Value));

        images.ShouldAllBe(image => !image.Contains('/', StringComparison.Ordinal));
    }

    private static Uri AddressInside(string service) =>
        new UriBuilder(Compose.Services[service].Environment["Mesh__Listen"]) { Host = service }.Uri;

    private static IConfiguration Configuration(ComposeService service) => new ConfigurationBuilder()
        .AddInMemoryCollection(service.Environment.Select(e => KeyValuePair.Create(e.Key.Replace("__", ":", StringComparison.Ordinal), (string?)e.Value))).Build();

    /// <summary>Section and name of every property of every options type: those with a constant <c>Section</c>.</summary>
    private static HashSet<string> KnownSettings()
    {
        const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;
        return Directory.GetFiles(AppContext.BaseDirectory, "Mesh.*.dll")
            .Select(file => Assembly.Load(AssemblyName.GetAssemblyName(file)))
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Select(type => (Type: type, Section: type.GetField("Section", Any) is { IsLiteral: true } f ? f.GetRawConstantValue() as string : null))
            .Where(options => options.Section is not null)
            .SelectMany(options => options.Type.GetProperties(Any).Select(property => $"{options.Section}:{property.Name}"))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    [GeneratedRegex(@"^ARG (\w+)", RegexOptions.Multiline)]
    private static partial Regex Argument();

    [GeneratedRegex(@"^ARG \w+_IMAGE=(\S+)", RegexOptions.Multiline)]
    private static partial Regex ImageDefault();
}
