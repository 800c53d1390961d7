using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Mesh.Portal.Tests;

/// <summary>The ways in and out.</summary>
[Collection(OnPortalMesh.Name)]
public sealed partial class SignInTests(PortalMesh mesh)
{
    [Fact]
    public async Task Who_follows_a_link_signs_in_first_and_then_comes_there()
    {
        await using var watched = await mesh.OpenAsync();
        var page = watched.Page;
        await page.GotoAsync($"/p/{PortalMesh.Project}/runs");
        await page.WaitForURLAsync("**/sign-in?next=*");
        await watched.PictureAsync("sign-in-light");
        (await watched.BarriersAsync()).ShouldBeEmpty();

        await page.GetByLabel("Access token").FillAsync("nobody's");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("The access token is unknown")).ToBeVisibleAsync();

        await page.GetByLabel("Access token").FillAsync(mesh.Token);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync($"**/p/{PortalMesh.Project}/runs*");
        (await page.EvaluateAsync<string>("document.cookie")).ShouldNotContain("mesh_session");
    }

    [Fact]
    public async Task A_one_time_link_signs_in()
    {
        var link = Link().Match(await mesh.MeshAsync("login")).Value;
        await using var watched = await mesh.OpenAsync();
        await watched.Page.GotoAsync(link);
        await watched.StandsAsync();
        watched.Page.Url.ShouldNotContain("sign-in");
        watched.Faults.ShouldBeEmpty();
    }

    [GeneratedRegex(@"http://\S+/login\?code=\S+")]
    private static partial Regex Link();
}
