using Microsoft.Playwright;

namespace Mesh.Portal.Tests;

/// <summary>Every screen, in both themes: it stands without a fault, nothing on it keeps people out, and a picture of it is kept.</summary>
[Collection(OnPortalMesh.Name)]
public sealed class ScreenTests(PortalMesh mesh)
{
    private const string Home = $"/p/{PortalMesh.Project}";

    /// <summary>The name of a picture, and the address of the screen.</summary>
    public static TheoryData<string, string> Screens => new()
    {
        { "projects", "/" },
        { "home", Home },
        { "runs", $"{Home}/runs" },
    };

    [Theory]
    [MemberData(nameof(Screens))]
    public async Task It_stands_in_both_themes(string name, string path)
    {
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await using var watched = await mesh.OpenSignedInAsync(scheme);
            await watched.GoAsync(path);
            await watched.PictureAsync($"{name}-{scheme.ToString().ToLowerInvariant()}");
            (await watched.BarriersAsync()).ShouldBeEmpty($"{name}, {scheme}");
            watched.Faults.ShouldBeEmpty($"{name}, {scheme}");
        }
    }
}
