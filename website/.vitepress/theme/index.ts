import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import HomePage from "./home-page.vue";
import "@fontsource-variable/inter";
import "./style.css";
import "./home.css";
import "./home-components.css";

export default {
	extends: DefaultTheme,
	enhanceApp: ({ app }) => {
		app.component("HomePage", HomePage);
	},
} satisfies Theme;
